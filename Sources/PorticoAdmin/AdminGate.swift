// Who may talk to the admin listener. Pure: the facts of a request in, a refusal out.
//
// A browser on the operator's machine reaches a loopback port as easily as the operator does, so that loopback alone is no
// protection: a page may post across origins (CSRF), or point its own name at 127.0.0.1 and read (DNS rebinding). The
// first shows in `Origin` and `Sec-Fetch-Site`, the second in `Host`.
import PorticoConfig

struct AdminGate: Sendable {
    struct Request: Sendable {
        var isPost = false
        /// Without its port, lower case; brackets around IPv6.
        var host = ""
        /// `Host` as it came.
        var authority = ""
        var origin: String?
        var fetchSite: String?
        var authorization: String?
    }

    enum Refusal: Equatable {
        case unknownHost, otherOrigin, noToken
    }

    private let token: [UInt8]
    private let ownHost: String

    /// An empty token asks for none.
    init(token: String, host: String) {
        self.token = Array(token.utf8)
        ownHost = host.contains(":") ? "[\(host)]" : host.lowercased()
    }

    func refusal(_ request: Request) -> Refusal? {
        // Whoever knows the token came by no browser trick.
        if token.isEmpty {
            guard isOwn(request.host) else { return .unknownHost }
        } else {
            guard hasToken(request.authorization) else { return .noToken }
        }
        if request.isPost, isForeign(request) { return .otherOrigin }
        return nil
    }

    private func isOwn(_ host: String) -> Bool {
        host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == ownHost
    }

    private func isForeign(_ request: Request) -> Bool {
        if let site = request.fetchSite, site != "same-origin", site != "none" { return true }
        guard let origin = request.origin else { return false }
        return origin.lowercased() != "http://\(request.authority.lowercased())"
    }

    /// Takes as long for a token that is nearly right as for one that is not.
    private func hasToken(_ authorization: String?) -> Bool {
        guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            return false
        }
        let shown = Array(authorization.utf8.dropFirst(7))
        var difference = shown.count ^ token.count
        for (index, byte) in token.enumerated() {
            difference |= Int(byte ^ (index < shown.count ? shown[index] : ~byte))
        }
        return difference == 0
    }
}
