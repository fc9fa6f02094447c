// One `[[proxy]]` route, compiled: its targets and what a round trip needs to know. Immutable, shared by all loops.
package import PorticoConfig
package import PorticoCore
package import PorticoUpstream

package final class ProxyRoute: Sendable {
    package let settings: ProxySettings
    package let label: Label
    /// The enabled ones, in file order.
    package let targets: [Target]
    /// `*` and exact routes keep the path.
    let stripsPrefix: Bool
    let literalHost: [UInt8]

    /// The idle time of upgraded streams where the file says nothing.
    static let streamIdleTimeout = Duration.seconds(3600)

    package init(_ settings: ProxySettings) {
        self.settings = settings
        label = Label(settings.paths.map(\.description).joined(separator: ","))
        targets = settings.targets.filter(\.enabled).map(Target.init)
        stripsPrefix = settings.stripPrefix
        if case .literal(let host) = settings.hostHeader { literalHost = Array(host.utf8) } else { literalHost = [] }
    }

    var idleTimeout: Duration { settings.idleTimeout ?? .seconds(60) }
    var streamIdleTimeout: Duration { settings.idleTimeout ?? Self.streamIdleTimeout }
}
