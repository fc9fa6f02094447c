// When a name is asked for, and in which order its addresses are tried.
import PorticoCore
import Testing

@testable import PorticoUpstream

@Suite struct NameCacheTests {
    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    private func known(_ addresses: [String]) -> NameCache<String> {
        var cache = NameCache<String>()
        _ = cache.shouldAsk(at(0))
        cache.note(addresses, at(0))
        return cache
    }

    private func order(_ cache: inout NameCache<String>, _ time: Int, v6First: Bool = true) -> [String] {
        guard case .addresses(let order) = cache.lookup(at(time), isPreferred: { $0.hasPrefix("6") == v6First }) else {
            return []
        }
        return order
    }

    private func ask(_ cache: inout NameCache<String>, _ time: Int, isUrgent: Bool = false) -> Bool {
        cache.shouldAsk(at(time), isUrgent: isUrgent)
    }

    private func answer(_ cache: inout NameCache<String>, _ time: Int) -> NameCache<String>.Answer {
        cache.lookup(at(time), isPreferred: { _ in true })
    }

    @Test func `nobody waits for what is known, everybody for what is not`() {
        var cache = NameCache<String>()
        #expect(answer(&cache, 0) == .wait)
        #expect(ask(&cache, 0))
        #expect(!ask(&cache, 0), "asked once")
        cache.note([], at(10))
        #expect(answer(&cache, 10) == .failed)
        #expect(!ask(&cache, 900), "a failure is not repeated at once")
        #expect(ask(&cache, 1010))
        #expect(answer(&cache, 1020) == .wait)
        cache.note(["a"], at(1030))
        #expect(order(&cache, 1040) == ["a"])
    }

    @Test func `an answer is asked anew after thirty seconds, and at once when it does not work`() {
        for (time, isUrgent, asks) in [
            (29_999, false, false), (30_000, false, true), (999, true, false), (1000, true, true),
        ] {
            var cache = known(["a"])
            #expect(ask(&cache, time, isUrgent: isUrgent) == asks, "\(time)")
        }
    }

    @Test func `an answer counts as long as its time to live says, within bounds`() {
        for (told, asksAt) in [
            (0, 5_000), (4, 5_000), (5, 5_000), (77, 77_000), (3600, 3_600_000), (86_400, 3_600_000),
        ] {
            var cache = known(["a"])
            cache.noteLifetime(.seconds(told), at(0))
            #expect(!ask(&cache, asksAt - 1), "\(told)")
            #expect(ask(&cache, asksAt), "\(told)")
        }
        var cache = known(["a"])
        cache.noteLifetime(.seconds(3600), at(0))
        #expect(ask(&cache, 1000, isUrgent: true), "what does not work is asked anew all the same")
    }

    @Test func `name servers that cannot tell are left alone for ten minutes`() {
        var cache = known(["a"])
        #expect(cache.shouldAskLifetime(at(0)))
        cache.noteLifetime(.seconds(7), at(0))
        #expect(cache.lifetime == .seconds(7) && cache.shouldAskLifetime(at(7_000)))
        cache.noteLifetime(nil, at(7_000))
        #expect(cache.lifetime == .seconds(30))
        #expect(!cache.shouldAskLifetime(at(606_999)) && cache.shouldAskLifetime(at(607_000)))
    }

    @Test func `addresses stay in use while the resolver fails`() {
        var cache = known(["a"])
        #expect(ask(&cache, 40_000))
        #expect(order(&cache, 40_001) == ["a"])
        cache.note([], at(45_000))
        #expect(order(&cache, 45_001) == ["a"])
        #expect(ask(&cache, 75_000))
        cache.note(["b", "b"], at(75_010))
        #expect(order(&cache, 75_020) == ["b"])
    }

    @Test func `after a refresh that failed, the next comes soon, whatever the time to live`() {
        var cache = known(["a"])
        cache.noteLifetime(.seconds(3600), at(0))
        #expect(ask(&cache, 3_600_000))
        cache.note([], at(3_600_000))
        #expect(!ask(&cache, 3_604_999) && ask(&cache, 3_605_000))
        cache.note(["a"], at(3_605_000))
        #expect(!ask(&cache, 3_700_000))
    }

    @Test func `connections take turns over the addresses`() {
        var cache = known(["4a", "4b", "4c"])
        var firsts: [String: Int] = [:]
        for _ in 0..<30 { firsts[order(&cache, 1, v6First: false)[0], default: 0] += 1 }
        #expect(firsts == ["4a": 10, "4b": 10, "4c": 10])
    }

    @Test func `families alternate, the preferred one first`() {
        var cache = known(["6a", "6b", "4a", "4b", "4c"])
        let order = order(&cache, 1)
        #expect(order.map(\.first) == ["6", "4", "6", "4", "4"])
        #expect(Set(order).count == 5)
    }

    @Test func `an address that refused goes last for ten seconds`() {
        var cache = known(["4a", "4b"])
        cache.noteRefused("4a", at(100))
        for time in 101..<105 { #expect(order(&cache, time) == ["4b", "4a"]) }
        var firsts: Set<String> = []
        for time in 10_100..<10_104 { firsts.insert(order(&cache, time)[0]) }
        #expect(firsts == ["4a", "4b"])
        cache.noteRefused("unknown", at(20_000))
        #expect(order(&cache, 20_001).count == 2)
    }
}
