// One backend as configured: the labels that logs know it by, what a request to it is written with, and its state.
package import PorticoConfig
package import PorticoCore

package final class Target: Sendable {
    package let settings: TargetSettings
    package let state: TargetState
    package let label: Label
    /// `host:port`, for the `Host` field.
    package let authority: [UInt8]
    package let basePath: [UInt8]

    package init(_ settings: TargetSettings, state: TargetState) {
        self.settings = settings
        self.state = state
        label = Label(settings.id)
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        authority = Array((settings.port == 80 ? host : "\(host):\(settings.port)").utf8)
        basePath = Array(settings.basePath.utf8)
    }

    /// The `Host` it gets where the route says nothing: over TLS the name that its certificate was checked for.
    package var ownHostHeader: HostHeader { .client }

    /// Where connections go.
    package var address: TargetAddress { TargetAddress(host: settings.host, port: settings.port) }
}

package struct TargetAddress: Hashable, Sendable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
