// Which measures the use of memory calls for.
import Testing

@testable import PorticoApp

struct MemoryPressureTests {
    private func levels(_ used: [Int]) -> [MemoryPressure.Level] {
        var pressure = MemoryPressure(limit: 1000)
        return used.map { used in
            pressure.update(used)
            return pressure.level
        }
    }

    @Test func `Measures come in order as memory runs out`() {
        #expect(
            levels([0, 749, 750, 879, 880, 949, 950, 2000]) == [
                .calm, .calm, .tight, .tight, .full, .full, .over, .over,
            ])
    }

    @Test func `A level ends only some way below its mark`() {
        #expect(
            levels([960, 949, 900, 899, 880, 829, 750, 699]) == [
                .over, .over, .over, .full, .full, .tight, .tight, .calm,
            ])
    }

    @Test func `What was never reached does not begin on the way down`() {
        #expect(levels([760, 870, 845]) == [.tight, .tight, .tight])
    }

    @Test func `Without a limit nothing ever holds`() {
        var pressure = MemoryPressure(limit: 0)
        pressure.update(.max / 200)
        #expect(pressure.level == .calm)
    }

    @Test func `A level that holds ends by the next look after the limit has changed`() {
        var pressure = MemoryPressure(limit: 1000)
        pressure.update(960)
        pressure.limit = 10_000
        #expect(pressure.level == .over)
        pressure.update(960)
        #expect(pressure.level == .calm)
    }
}
