// `portico check --live`: whether each enabled target can be connected to right now. It opens a connection and closes it
// again; no request is sent.
import NIOCore
package import PorticoConfig
import PorticoCore
import PorticoTransport
import PorticoUpstream

package struct LiveCheck: Sendable {
    /// What came of one target.
    package struct Finding: Sendable {
        /// `api-1 (10.0.0.5:3000): connected in 3 ms`.
        package let text: String
        /// Nil where it could be reached.
        package let fault: ConfigFault?
    }

    /// So many connections are tried at a time.
    private static let mostAtOnce = 32

    private let group: TransportGroup

    /// The targets of all routes in file order, each route's with its own `connect_timeout`.
    package static func run(_ loaded: LoadedConfiguration) async throws -> [Finding] {
        let check = LiveCheck(group: try TransportGroup(threads: 1))
        let findings = await check.findings(loaded)
        try? await check.group.shutdownGracefully()
        return findings
    }

    private func findings(_ loaded: LoadedConfiguration) async -> [Finding] {
        var places: [(route: Int, target: Int)] = []
        for (route, settings) in loaded.configuration.routes.enumerated() {
            for (target, settings) in settings.targets.enumerated() where settings.enabled {
                places.append((route, target))
            }
        }
        var findings: [Finding?] = Array(repeating: nil, count: places.count)
        await withTaskGroup(of: (Int, Finding).self) { tasks in
            for (index, place) in places.enumerated() {
                if index >= LiveCheck.mostAtOnce, let (done, finding) = await tasks.next() { findings[done] = finding }
                tasks.addTask { (index, await self.finding(loaded, place.route, place.target)) }
            }
            for await (done, finding) in tasks { findings[done] = finding }
        }
        return findings.compactMap { $0 }
    }

    private func finding(_ loaded: LoadedConfiguration, _ route: Int, _ index: Int) async -> Finding {
        let settings = loaded.configuration.routes[route]
        let target = settings.targets[index]
        let address = LiveCheck.address(of: target)
        let name = target.id == address ? address : "\(target.id) (\(address))"
        let started = MonotonicTime.now()
        do {
            let channel = try await connect(target, settings)
            let milliseconds = (MonotonicTime.now() - started).nanoseconds / 1_000_000
            try? await channel.close()
            return Finding(text: "\(name): connected in \(milliseconds) ms", fault: nil)
        } catch {
            let message = "target \(name) cannot be reached: \(LiveCheck.reason(error, at: target))"
            return Finding(text: message, fault: loaded.fault(message, aboutTarget: index, ofRoute: route))
        }
    }

    private static func address(of target: TargetSettings) -> String {
        if case .unix(let path) = target.transport { return "unix:\(path)" }
        return target.host.contains(":") ? "[\(target.host)]:\(target.port)" : "\(target.host):\(target.port)"
    }

    /// For `https` targets with the handshake.
    private func connect(_ target: TargetSettings, _ settings: ProxySettings) async throws -> any Channel {
        var tls = UpstreamTLSContexts()
        return try await Endpoint(target, of: settings, tls: &tls).open(on: group.nextLoop()).get()
    }

    private static func reason(_ error: any Error, at target: TargetSettings) -> String {
        guard let error = error as? PorticoError else { return "\(error)" }
        switch error.kind {
        case .connectTimeout: return "it did not accept a connection in time (`connect_timeout`)"
        case .resolveFailed: return "its name does not resolve"
        default:
            let cause = error.cause ?? error.kind.reason.description
            // Of a name's several addresses it says which one; the target's own stands there already.
            var place = address(of: target)
            if case .unix(let path) = target.transport { place = path }
            return cause.hasPrefix(place + ": ") ? String(cause.dropFirst(place.count + 2)) : cause
        }
    }
}
