// Who is checked, and by which way, as configurations come and go.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoTransport
import Synchronization
import Testing

@testable import PorticoUpstream

@Suite struct TargetWatchTests {
    @Test func `a target is checked once, however often it is named, and by the way that holds now`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let watch = TargetWatch(eventLoop: loop)
        let target = try makeTargets(1)[0]
        var settings = ProxySettings(paths: [], targets: [target.settings])
        settings.healthCheck = HealthCheckSettings()
        let plan = try #require(HealthCheckPlan(settings, target.settings, authority: target.authority))
        let ways = Mutex<[Int]>([])
        func watched(_ way: Int) -> WatchedTarget {
            WatchedTarget(state: target.state, plan: plan) { loop in
                ways.withLock { $0.append(way) }
                return target.endpoint.makePool(on: loop)
            }
        }
        for way in 1...3 {
            watch.watch([watched(way), watched(way)])
            try await loop.submit {}.get()
        }
        #expect(ways.withLock { $0 } == [1, 2, 3])
        watch.stop()
        try await group.shutdownGracefully()
    }
}
