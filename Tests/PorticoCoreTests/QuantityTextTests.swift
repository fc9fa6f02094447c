// Sizes and durations in text: units, bounds and what is refused.
import PorticoCore
import Testing

@Suite struct QuantityTextTests {
    @Test(arguments: [
        ("0", 0), ("512", 512), ("512B", 512), ("64KiB", 65_536), ("64kib", 65_536), ("10MB", 10_000_000),
        ("1GiB", 1 << 30), ("2TB", 2_000_000_000_000), ("1.5MiB", 1_572_864), ("0.5B", 0), ("1KB", 1000),
        ("9223372036854775B", 9_223_372_036_854_775),
    ])
    func readsSize(text: String, bytes: Int) {
        #expect(ByteSize(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "B", "-1", "-1KiB", "+1", "1 KiB", " 1", "1K", "1M", "1Kib ", "1.", ".5MB", "1.5.5MB", "1e3", "0x10",
        "99999999999999999999", "9999999999TiB", "64KiB\0", "٦٤KiB", "1_000", "NaN", "1.0000000001GB",
    ])
    func refusesSize(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(arguments: ["0B", "1B", "1001B", "1KB", "1KiB", "10MB", "32KiB", "32MiB", "1GiB", "3TB"])
    func printsSizeAsRead(text: String) {
        #expect(ByteSize(text)?.description == text)
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
        ("7d", .seconds(604_800)), ("1.5s", .milliseconds(1500)), ("0s", .zero), ("0.25ms", .microseconds(250)),
        ("3650d", .seconds(315_360_000)),
    ])
    func readsDuration(text: String, duration: Duration) {
        #expect(Duration(text: text) == duration)
    }

    @Test(arguments: [
        "", "s", "30", "-1s", "+1s", "1 s", " 1s", "1s ", "1S", "1sec", "1us", "1.s", ".5s", "1e3s", "1h30m", "3651d",
        "99999999999999999999s", "315360001s", "1.1234567891s", "infs", "1ms1",
    ])
    func refusesDuration(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test(arguments: ["250ms", "1500ms", "75s", "90s", "5m", "1h", "36h", "7d", "0s", "0.25ms", "1.000001ms"])
    func printsDurationAsRead(text: String) {
        #expect(Duration(text: text)?.text == text)
    }
}
