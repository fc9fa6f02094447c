// The TLS side of `[ssl]`: one certificate, ALPN.
package import NIOCore
import NIOSSL
package import PorticoConfig
import Synchronization

/// A TLS configuration ready to serve.
package struct TLSCertificate: Sendable {
    let context: NIOSSLContext

    /// How long the peer's close_notify is awaited after ours (RFC 8446 section 6.1: nobody has to wait for it). NIOSSL keeps all of a
    /// connection for so long, some 20 KiB, even where the peer is gone already.
    package static let goodbyeTime = TimeAmount.seconds(1)

    /// Reads certificate chain and key. Throws what NIOSSL says of unreadable or mismatched files.
    package init(_ settings: SSLSettings, http2: Bool) throws {
        let chain = try NIOSSLCertificate.fromPEMFile(settings.certFile).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: settings.keyFile, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.minVersion == .v13 ? .tlsv13 : .tlsv12
        configuration.shutdownTimeout = Self.goodbyeTime
        configuration.applicationProtocols = http2 ? ["h2", "http/1.1"] : ["http/1.1"]
        context = try NIOSSLContext(configuration: configuration)
    }
}

/// What the secure listeners present; a new certificate holds for the handshakes after it.
package final class TLSStore: Sendable {
    private let certificate: Mutex<TLSCertificate>

    package init(_ certificate: TLSCertificate) { self.certificate = Mutex(certificate) }

    package func use(_ new: TLSCertificate) { certificate.withLock { $0 = new } }

    var current: TLSCertificate { certificate.withLock { $0 } }
}
