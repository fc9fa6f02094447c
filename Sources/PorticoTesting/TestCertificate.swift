// A certificate for 127.0.0.1 that is good for a day, or was good in 2020, made by the openssl program.
package import PorticoConfig

package final class TestCertificate: Sendable {
    private let folder = TempFolder()

    /// Nil where there is no openssl.
    package init?(names: String = "DNS:localhost,IP:127.0.0.1", isExpired: Bool = false) {
        guard !isExpired else {
            guard Self.makeExpired(in: folder, names: names) else { return nil }
            return
        }
        let outcome = Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=\(names)", "-keyout",
            folder.path + "/key.pem", "-out", folder.path + "/cert.pem",
        ])
        guard outcome.status == 0 else { return nil }
    }

    /// With dates of one's own it takes an authority, which wants some files.
    private static func makeExpired(in folder: TempFolder, names: String) -> Bool {
        let path = folder.path
        folder.write("index", "")
        folder.write("serial", "01\n")
        folder.write(
            "ca.conf",
            """
            [ca]
            default_ca = own
            [own]
            database = \(path)/index
            serial = \(path)/serial
            new_certs_dir = \(path)
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            [names]
            subjectAltName = \(names)
            """)
        let asked = Command.run([
            "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=localhost", "-keyout", path + "/key.pem", "-out", path + "/request.pem",
        ])
        guard asked.status == 0 else { return false }
        return Command.run([
            "openssl", "ca", "-batch", "-selfsign", "-notext", "-config", path + "/ca.conf", "-extensions", "names",
            "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-keyfile", path + "/key.pem", "-in",
            path + "/request.pem", "-out", path + "/cert.pem",
        ]).status == 0
    }

    package var settings: SSLSettings {
        var settings = SSLSettings()
        settings.enabled = true
        settings.certFile = folder.path + "/cert.pem"
        settings.keyFile = folder.path + "/key.pem"
        return settings
    }
}
