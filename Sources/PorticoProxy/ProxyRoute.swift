// One `[[proxy]]` route, compiled: its targets and what a round trip needs to know. Immutable, shared by all loops.
package import PorticoConfig
package import PorticoCore
package import PorticoUpstream

package final class ProxyRoute: Sendable {
    package let settings: ProxySettings
    package let label: Label
    /// The enabled ones, in file order.
    package let targets: [Target]
    /// Only wildcard routes have a prefix to lose.
    let stripsPrefix: Bool
    let literalHost: [UInt8]
    /// To the response head.
    let timeout: Interval
    let idleTimeout: Interval
    /// Of upgraded streams.
    let streamIdleTimeout: Interval

    package init(_ settings: ProxySettings) {
        self.settings = settings
        label = Label(settings.paths.map(\.description).joined(separator: ","))
        targets = settings.targets.filter(\.enabled).map(Target.init)
        stripsPrefix = settings.stripPrefix
        timeout = Interval(settings.timeout)
        idleTimeout = Interval(settings.idleTimeout ?? .seconds(60))
        streamIdleTimeout = Interval(settings.idleTimeout ?? .seconds(3600))
        if case .literal(let host) = settings.hostHeader { literalHost = Array(host.utf8) } else { literalHost = [] }
    }

}
