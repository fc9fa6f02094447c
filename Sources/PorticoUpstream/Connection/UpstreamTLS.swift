// The TLS side of `https` targets: what is trusted, what is shown, which protocols are offered. A context is made once per
// set of settings, when the configuration is compiled.
import NIOCore
import NIOSSL
import PorticoConfig
import PorticoCore
import PorticoHTTP

package struct UpstreamTLS: Sendable {
    let context: NIOSSLContext
    /// Asked for by SNI and looked for in the certificate; nil for addresses, which are looked for as such.
    let serverName: String?
    /// What its certificate must name: that name, or an address.
    let checkedName: String
    /// What ALPN must choose; nil: HTTP/1.1, which backends without ALPN speak too.
    let requiredProtocol: String?

    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName)
    }
}

/// Why the `tls` of a route cannot be used: the key whose file is at fault, and what is wrong with it.
package struct UnusableUpstreamTLS: Error, CustomStringConvertible {
    package let key: String
    package let file: String
    package let cause: String

    package var description: String { "cannot use \(file) (`\(key)` in `tls` of a [[proxy]]): \(cause)" }
}

/// Contexts made so far: routes with the same settings share one, for the system's authorities alone take a MiB.
package struct UpstreamTLSContexts {
    private struct Key: Hashable {
        var settings: UpstreamTLSSettings
        var speaksHTTP2: Bool
    }

    private var contexts: [Key: NIOSSLContext] = [:]

    package init() {}

    mutating func tls(_ settings: UpstreamTLSSettings, host: String, speaksHTTP2: Bool) throws -> UpstreamTLS {
        var shared = settings
        shared.serverName = ""
        let key = Key(settings: shared, speaksHTTP2: speaksHTTP2)
        let context = try contexts[key] ?? Self.make(settings, speaksHTTP2: speaksHTTP2)
        contexts[key] = context
        let name = settings.serverName.isEmpty ? host : settings.serverName
        return UpstreamTLS(
            context: context, serverName: IPAddress(name) == nil ? name : nil, checkedName: name,
            requiredProtocol: speaksHTTP2 ? "h2" : nil)
    }

    private static func make(_ settings: UpstreamTLSSettings, speaksHTTP2: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = TLSCertificate.goodbyeTime
        configuration.certificateVerification = settings.verify ? .fullVerification : .none
        configuration.applicationProtocols = [speaksHTTP2 ? "h2" : "http/1.1"]
        if !settings.caFile.isEmpty {
            let authorities = try using("ca_file", settings.caFile) { try NIOSSLCertificate.fromPEMFile($0) }
            configuration.trustRoots = .certificates(authorities)
        }
        if !settings.certFile.isEmpty {
            let chain = try using("cert_file", settings.certFile) { try NIOSSLCertificate.fromPEMFile($0) }
            let key = try using("key_file", settings.keyFile) { try NIOSSLPrivateKey(file: $0, format: .pem) }
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(key)
        }
        return try using(settings.certFile.isEmpty ? "ca_file" : "key_file", settings.keyFile) { _ in
            try NIOSSLContext(configuration: configuration)
        }
    }

    private static func using<Made>(_ key: String, _ file: String, _ make: (String) throws -> Made) throws -> Made {
        do {
            return try make(file)
        } catch {
            throw UnusableUpstreamTLS(key: key, file: file, cause: "\(error)")
        }
    }
}
