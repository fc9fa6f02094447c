// Names by table: how files are called, and which files belong to a pattern.
import Testing

@testable import PorticoLog

private func name(_ pattern: String) -> LogFileName {
    LogFileName(pattern: pattern, name: "Shop", host: "box", processID: 77)
}

@Suite struct LogFileNameTests {
    @Test(arguments: [
        ("portico-{date}.log", "portico-2026-01-02.log", "portico-2026-01-02.3.log"),
        ("{name}_{hostname}_{pid}.jsonl", "Shop_box_77.jsonl", "Shop_box_77.3.jsonl"),
        ("portico.{date}.log", "portico.2026-01-02.log", "portico.2026-01-02.3.log"),
        ("portico", "portico", "portico.3"),
        ("{date}", "2026-01-02", "2026-01-02.3"),
        (".hidden", ".hidden", ".hidden.3"),
        ("a.{date}", "a.2026-01-02", "a.3.2026-01-02"),
        ("{unknown}.log", "{unknown}.log", "{unknown}.3.log"),
        ("../../etc/x.log", "..-..-etc-x.log", "..-..-etc-x.3.log"),
        ("", "portico.log", "portico.3.log"),
    ])
    func `a pattern is filled in`(pattern: String, current: String, rotated: String) {
        #expect(name(pattern).current(date: "2026-01-02") == current)
        #expect(name(pattern).rotated(date: "2026-01-02", number: 3) == rotated)
    }

    @Test func `a separator in a name cannot leave the folder`() {
        let hostile = LogFileName(pattern: "{name}-{hostname}.log", name: "../a", host: "b/c", processID: 1)
        #expect(hostile.current(date: "") == "..-a-b-c.log")
    }

    @Test(
        arguments: [
            ("portico-2026-01-02.log", "2026-01-02", nil),
            ("portico-2026-01-02.12.log", "2026-01-02", 12),
            ("portico-1999-12-31.1.log", "1999-12-31", 1),
        ] as [(String, String, Int?)])
    func `a name of the family is read`(text: String, date: String, number: Int?) {
        #expect(name("portico-{date}.log").read(text) == .init(date: date, processID: nil, number: number))
    }

    @Test(arguments: [
        "portico-2026-01-02.log.bak", "portico-2026-01-02.x.log", "portico-2026-1-2.log", "portico-.log", "other.log",
        "portico-2026-01-02.01.log", "portico-2026-01-02..log", "portico-2026-01-02.1.2.log", "portico-2026-01-02",
        "portico-2026-01-02.-1.log", "portico-2026-01-02.9999999999999.log", "xportico-2026-01-02.log", "",
    ])
    func `a name that is not of the family is left alone`(text: String) {
        #expect(name("portico-{date}.log").read(text) == nil)
    }

    @Test func `what is written is read back`() {
        for pattern in ["portico-{date}.log", "{pid}.log", "{name}-{pid}-{date}", "a.{date}", "{date}.{pid}.x.log"] {
            let name = name(pattern)
            for number in [nil, 1, 250] {
                let date = "2026-01-02"
                let text = number.map { name.rotated(date: date, number: $0) } ?? name.current(date: date)
                let reading = name.read(text)
                #expect(reading?.number == number, "\(text)")
                #expect(reading?.processID == (pattern.contains("{pid}") ? 77 : nil), "\(text)")
            }
        }
    }
}
