// Backends behind TLS: another Portico with a certificate of its own stands for them.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct SecureTargetTests {
    /// A route to a backend behind TLS. The second server's log tells what it was asked.
    private func withSecureBackend(
        _ backend: FakeBackend, names: String = "DNS:localhost,IP:127.0.0.1", isExpired: Bool = false,
        edit: (inout ProxySettings, SSLSettings) -> Void,
        _ body: (_ front: LiveServer, _ back: LiveServer) async throws -> Void
    ) async throws {
        let certificate = try #require(TestCertificate(names: names, isExpired: isExpired))
        try await withProxy(backend, configure: { $0.ssl = certificate.settings }) { back in
            var target = TargetSettings(
                id: "secure", host: "127.0.0.1", port: try #require(back.securePort), basePath: "/api")
            target.transport = .tls
            try await withProxy(edit: {
                $0.targets = [target]
                edit(&$0, certificate.settings)
            }) { front in
                try await body(front, back)
            }
        }
        withExtendedLifetime(certificate) {}
    }

    @Test func `a certificate of a trusted authority is taken, and connections are kept`() async throws {
        let backend = try FakeBackend.answering()
        try await withSecureBackend(backend, edit: { $0.tls.caFile = $1.certFile }) { front, back in
            let client = try RawClient(front.port)
            for _ in 0..<5 { #expect(try client.exchange(get("/api/x")).text == "ok") }
            #expect(backend.requests.first?.target == "/x")
            let host = try #require(back.securePort)
            #expect(
                back.accessLines(5).allSatisfy { $0.contains("\"host\":\"127.0.0.1:\(host)\"") }, "the target's name")
        }
    }

    @Test func `a certificate of a stranger is refused before anything is sent`() async throws {
        let backend = try FakeBackend.answering()
        try await withSecureBackend(backend, edit: { _, _ in }) { front, _ in
            let answer = try RawClient(front.port).exchange(get("/api/", method: "POST"))
            #expect(answer.status == 502)
            #expect(answer.text.contains("trusted"))
            let request = try #require(front.accessLines(1).first)
            #expect(request.contains("\"reason\":\"tls_failed\""))
            #expect(request.contains("\"cause\":\"no trusted authority has signed the certificate\""), "\(request)")
            #expect(backend.requests.isEmpty)
            let cause = "tls_failed: no trusted authority has signed the certificate"
            #expect(front.targets.all.first?.status().lastError == cause)
            let line = front.line { $0.contains("target failed") }
            #expect(
                line?.contains("\"error\":\"\(cause)\"") == true && line?.contains("\"warning\"") == true,
                "\(line ?? "")")
        }
    }

    @Test func `a certificate that is too old is refused, and its date is told`() async throws {
        let backend = try FakeBackend.answering()
        try await withSecureBackend(backend, isExpired: true, edit: { $0.tls.caFile = $1.certFile }) { front, _ in
            let answer = try RawClient(front.port).exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(
                front.targets.all.first?.status().lastError
                    == "tls_failed: the certificate expired on Fri, 01 Jan 2021 00:00:00 GMT")
        }
    }

    @Test func `a certificate for another name is refused, and the right name can be given`() async throws {
        for (name, status) in [("other.example", 502), ("", 502), ("localhost", 200)] {
            let backend = try FakeBackend.answering()
            try await withSecureBackend(
                backend, names: "DNS:localhost",
                edit: {
                    $0.tls.caFile = $1.certFile
                    $0.tls.serverName = name
                }
            ) { front, _ in
                let answer = try RawClient(front.port).exchange(get("/api/"))
                #expect(answer.status == status)
                let asked = name.isEmpty ? "127.0.0.1" : name
                let cause = status == 200 ? nil : "tls_failed: the certificate does not name \(asked)"
                #expect(front.targets.all.first?.status().lastError == cause)
            }
        }
    }

    @Test func `without verification anything is taken`() async throws {
        let backend = try FakeBackend.answering()
        try await withSecureBackend(
            backend,
            edit: {
                $0.tls.verify = false
                _ = $1
            }
        ) { front, _ in
            let answer = try RawClient(front.port).exchange(get("/api/"))
            #expect(answer.text == "ok")
        }
    }

    @Test func `large bodies come through TLS whole, both ways`() async throws {
        let size = 3_000_000
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size), .awaitEnd]
        }
        try await withSecureBackend(backend, edit: { $0.tls.caFile = $1.certFile }) { front, _ in
            let client = try RawClient(front.port)
            let body = String(repeating: "y", count: size)
            let answer = try client.exchange(get("/api/", "Content-Length: \(size)", method: "POST") + body)
            #expect(answer.text.utf8.count == size)
            #expect(backend.requests.first?.body.count == size)
        }
    }

    @Test func `a backend that speaks no TLS is a failed handshake, a silent one a timeout`() async throws {
        for (script, status, reason, cause) in [
            (
                [FakeBackend.Step.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .awaitEnd], 502, "tls_failed",
                "the backend speaks no TLS"
            ),
            ([.close], 502, "tls_failed", "the backend closed the connection during the handshake"),
            // Alerts (RFC 8446 §6.2).
            (
                [.send("\u{15}\u{03}\u{01}\u{00}\u{02}\u{02}\u{28}"), .awaitEnd], 502, "tls_failed",
                "the backend refused the handshake: handshake failure"
            ),
            (
                [.send("\u{15}\u{03}\u{01}\u{00}\u{02}\u{02}\u{46}"), .awaitEnd], 502, "tls_failed",
                "the backend speaks neither TLS 1.2 nor 1.3"
            ),
            ([.awaitEnd], 504, "connect_timeout", "no connection in time"),
        ] {
            let backend = try FakeBackend { _ in script }
            try await withProxy(backend, edit: { $0.targets[0].transport = .tls }) { server in
                let answer = try RawClient(server.port).exchange(get("/api/"))
                #expect(answer.status == status)
                #expect(server.accessLines(1).first?.contains("\"reason\":\"\(reason)\"") == true)
                #expect(server.targets.all.first?.status().lastError == "\(reason): \(cause)")
            }
        }
    }

    @Test func `the next target answers for one that is not trusted`() async throws {
        let spare = try FakeBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspare")
        let backend = try FakeBackend.answering()
        try await withSecureBackend(
            backend,
            edit: {
                $0.targets.append(TargetSettings(port: spare.port))
                _ = $1
            }
        ) { front, _ in
            let client = try RawClient(front.port)
            for _ in 0..<4 {
                #expect(try client.exchange(get("/api/", "Content-Length: 0", method: "POST")).text == "spare")
            }
        }
        spare.stop()
    }

    @Test func `files that hold no certificate keep the server from starting`() async throws {
        let folder = TempFolder()
        folder.write("ca.pem", "no certificate")
        await #expect {
            try await withProxy(edit: {
                $0.targets = [TargetSettings(port: 1)]
                $0.targets[0].transport = .tls
                $0.tls.caFile = folder.path + "/ca.pem"
            }) { _ in }
        } throws: { error in
            "\(error)".contains("\(folder.path)/ca.pem (`ca_file` in `tls`")
        }
    }
}
