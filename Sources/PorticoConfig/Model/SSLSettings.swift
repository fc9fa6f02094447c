// `[ssl]`: one certificate on one port, for now.

package struct SSLSettings: Sendable, Equatable {
    package var enabled = false
    package var port = 8443
    /// Absolute paths of PEM files.
    package var certFile = ""
    package var keyFile = ""
    package var minVersion = TLSVersion.v12

    package init() {}
}

package enum TLSVersion: String, Sendable, CaseIterable {
    case v12 = "1.2"
    case v13 = "1.3"
}
