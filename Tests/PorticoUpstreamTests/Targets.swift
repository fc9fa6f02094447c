// Targets for tests, with states of their own.
import PorticoConfig
import PorticoCore
import PorticoUpstream

/// `count` targets of one route; `edit` changes each by its number.
func makeTargets(
    _ count: Int, slowStart: Duration? = nil, edit: (Int, inout TargetSettings) -> Void = { _, _ in }
) throws -> [Target] {
    let registry = TargetRegistry()
    var tls = UpstreamTLSContexts()
    return try (0..<count).map { number in
        var settings = TargetSettings(id: "t\(number)", host: "10.0.0.\(number % 250)", port: 8000 + number)
        edit(number, &settings)
        let state = registry.state(of: settings, route: "/api/*")
        state.configure(settings, slowStart: slowStart)
        return try Target(settings, of: ProxySettings(paths: [], targets: [settings]), state: state, tls: &tls)
    }
}

/// A permit that a test holds on to.
final class Held {
    private var permit: TargetPermit?
    let index: Int

    init(_ permit: consuming TargetPermit) {
        index = permit.index
        self.permit = consume permit
    }

    func end() { permit.take()?.end(.success) }
}
