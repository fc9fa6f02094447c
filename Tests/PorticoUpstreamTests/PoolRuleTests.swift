// The pure rules of pools: how many connections idle, and which of them carry what must not be sent twice.
import PorticoCore
import Testing

@testable import PorticoUpstream

@Suite struct PoolRuleTests {
    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .seconds(1000) + .milliseconds(milliseconds)
    }

    @Test func `no more permits go out than there are`() {
        let permits = IdlePermits(count: 2)
        #expect(permits.take() && permits.take() && !permits.take() && !permits.take())
        permits.giveBack(1)
        #expect(permits.take() && !permits.take())
        #expect(!IdlePermits(count: 0).take())
    }

    @Test func `a backend's patience is learned from what it closes`() {
        var patience = LearnedPatience()
        #expect(patience.bears(.seconds(3600), now: at(0)), "nothing is known")
        patience.closed(afterIdling: .milliseconds(90), now: at(0))
        patience.closed(afterIdling: .milliseconds(60), now: at(1))
        patience.closed(afterIdling: .milliseconds(70), now: at(2))
        #expect(patience.bears(.milliseconds(39), now: at(3)))
        #expect(!patience.bears(.milliseconds(40), now: at(3)))
        patience.answered(afterIdling: .milliseconds(30))
        #expect(!patience.bears(.milliseconds(40), now: at(3)), "that was known")
        patience.answered(afterIdling: .milliseconds(90))
        #expect(patience.bears(.milliseconds(59), now: at(4)) && !patience.bears(.milliseconds(60), now: at(4)))
    }

    @Test(arguments: [
        (128 << 10, false, (126 << 10) as Int?), (128 << 10 - 1, false, nil), (1 << 20, true, 1022 << 10),
        (128 << 10 - 1, true, 126 << 10 - 1), (2049, true, 1), (2048, true, nil), (0, true, nil),
    ])
    func `a body that is relayed is relayed to its end, but for the last bytes`(left: Int, isRelayed: Bool, share: Int?)
    {
        #expect(BodyRelay.share(of: left, isRelayed: isRelayed) == share)
    }

    @Test func `what a restart taught is forgotten after a minute`() {
        var patience = LearnedPatience()
        patience.closed(afterIdling: .milliseconds(1), now: at(0))
        #expect(!patience.bears(.milliseconds(1), now: at(59_999)))
        #expect(patience.bears(.milliseconds(1), now: at(60_000)))
        patience.closed(afterIdling: .seconds(5), now: at(60_001))
        #expect(patience.bears(.seconds(3), now: at(60_002)), "the minute before does not count")
    }
}
