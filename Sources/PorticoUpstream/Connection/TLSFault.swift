// Why a TLS handshake with a backend failed, in words that tell an operator what to change. Of what BoringSSL says only the
// names of its reasons are used.
import NIOCore
import NIOSSL
import PorticoCore

enum TLSFault {
    /// When the certificate that was shown is good, in seconds since 1970.
    struct Validity {
        let from: Int
        let to: Int

        init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }

        init(_ certificate: NIOSSLCertificate) {
            self.init(from: Int(certificate.notValidBefore), to: Int(certificate.notValidAfter))
        }
    }

    /// `name` is what the certificate was to name.
    static func text(_ error: any Error, name: String, shown: Validity?) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)):
            text(
                stack.map { reason(in: $0.description) }, shown: shown,
                now: Int(WallClock.unixNanoseconds() / 1_000_000_000))
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "the certificate does not name \(name)"
        case is IOError: closed
        default: "the handshake failed: \(error)"
        }
    }

    static func text(_ reasons: [String], shown: Validity?, now: Int) -> String {
        guard let reason = reasons.first else { return "the handshake failed" }
        switch reason {
        case "CERTIFICATE_VERIFY_FAILED": return distrust(shown, now: now)
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST": return "the backend speaks no TLS"
        case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION":
            return "the backend speaks neither TLS 1.2 nor 1.3"
        case "EOF during handshake": return closed
        default: break
        }
        let words = reason.split(separator: "_")
        guard let alert = words.firstIndex(of: "ALERT") else { return "the handshake failed: \(reason)" }
        let refusal = words[(alert + 1)...].joined(separator: " ").lowercased()
        return "the backend refused the handshake: \(refusal)"
    }

    static let closed = "the backend closed the connection during the handshake"

    private static func distrust(_ shown: Validity?, now: Int) -> String {
        guard let shown else { return "the certificate is not trusted" }
        if now > shown.to { return "the certificate expired on \(HTTPDate.text(shown.to))" }
        if now < shown.from { return "the certificate is not good before \(HTTPDate.text(shown.from))" }
        return "no trusted authority has signed the certificate"
    }

    /// `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at file:line`, or a text of
    /// NIO's own behind an empty number.
    static func reason(in description: String) -> String {
        let parts = description.split(separator: ":")
        guard let library = parts.firstIndex(of: "OPENSSL_internal"), library + 1 < parts.count else {
            return String(description.drop { $0 != " " }.drop { $0 == " " })
        }
        return String(parts[library + 1].prefix { $0 != " " })
    }
}
