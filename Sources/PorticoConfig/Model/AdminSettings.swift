// `[admin]`: the listener for operators.

package struct AdminSettings: Sendable, Equatable {
    package var enabled = true
    package var host = "127.0.0.1"
    package var port = AdminSettings.defaultPort
    /// The bearer token that every request must carry; empty: none is asked for.
    package var token = ""
    /// Absolute; the file that holds the token. Empty: none.
    package var tokenFile = ""

    package static let defaultPort = 9901

    package init() {}

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && !host.contains { $0.isLetter })
    }
}
