// What the sliding window remembers and forgets.
import PorticoCore
import PorticoUpstream
import Testing

@Suite struct OutcomeWindowTests {
    private static func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 5_000_000_000_000 + Int64(seconds * 1_000_000_000))
    }

    @Test func forgetsABucketAtATime() {
        var window = OutcomeWindow(length: .seconds(10))
        for second in 0..<10 { window.add(isFailure: second % 2 == 0, Self.time(Double(second))) }
        #expect(window.total == 10 && window.failures == 5)
        window.add(isFailure: false, Self.time(10))
        #expect(window.total == 10 && window.failures == 4)
        window.add(isFailure: false, Self.time(14.9))
        #expect(window.total == 7 && window.failures == 2)
    }

    @Test func aLongPauseForgetsAll() {
        var window = OutcomeWindow(length: .seconds(10))
        window.add(isFailure: true, Self.time(0))
        window.add(isFailure: false, Self.time(1_000_000))
        #expect(window.total == 1 && window.failures == 0)
    }

    @Test func aClockThatLagsBehindCountsInTheNewestBucket() {
        var window = OutcomeWindow(length: .seconds(10))
        window.add(isFailure: true, Self.time(5))
        window.add(isFailure: true, Self.time(1))
        #expect(window.total == 2 && window.failures == 2)
        window.add(isFailure: false, Self.time(14))
        #expect(window.total == 3)
    }

    /// Against a list that remembers everything: never more than the window, never less than nine tenths of it.
    @Test func holdsWhatAListWouldHold() {
        var window = OutcomeWindow(length: .seconds(10))
        var events: [Double] = []
        var clock = 0.0
        var step = 7
        for _ in 0..<2_000 {
            step = (step * 1_103_515_245 + 12_345) % 2_147_483_648
            clock += Double(step % 700) / 1_000
            events.append(clock)
            window.add(isFailure: true, Self.time(clock))
            #expect(window.total <= events.count { $0 >= clock - 10 })
            #expect(window.total >= events.count { $0 > clock - 9 })
            #expect(window.failures == window.total)
        }
    }
}
