// A certificate for 127.0.0.1 that is good for a day, made by the openssl program.
package import PorticoConfig

package final class TestCertificate: Sendable {
    private let folder = TempFolder()

    /// Nil where there is no openssl.
    package init?(names: String = "DNS:localhost,IP:127.0.0.1") {
        let outcome = Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=\(names)", "-keyout",
            folder.path + "/key.pem", "-out", folder.path + "/cert.pem",
        ])
        guard outcome.status == 0 else { return nil }
    }

    package var settings: SSLSettings {
        var settings = SSLSettings()
        settings.enabled = true
        settings.certFile = folder.path + "/cert.pem"
        settings.keyFile = folder.path + "/key.pem"
        return settings
    }
}
