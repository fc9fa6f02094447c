// One backend as configured: the labels that logs know it by, what a request to it is written with, and its state.
package import PorticoConfig
package import PorticoCore

package final class Target: Sendable {
    // What each request needs comes first: it lies together.
    package let state: TargetState
    package let label: Label
    package let basePath: [UInt8]
    /// `host:port`, for the `Host` field; without a port that its scheme implies.
    package let authority: [UInt8]
    /// The `Host` it gets where the route says nothing: over TLS the name that its certificate was checked for.
    package let ownHostHeader: HostHeader
    package let endpoint: Endpoint
    package let settings: TargetSettings

    package init(
        _ settings: TargetSettings, of route: ProxySettings, state: TargetState, tls: inout UpstreamTLSContexts
    ) throws {
        self.settings = settings
        self.state = state
        label = Label(settings.id)
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let isImplied = settings.port == (settings.transport == .tls ? 443 : 80)
        authority = Array((isImplied ? host : "\(host):\(settings.port)").utf8)
        basePath = Array(settings.basePath.utf8)
        ownHostHeader = settings.transport == .tls ? .target : .client
        endpoint = try Endpoint(settings, of: route, tls: &tls)
    }
}
