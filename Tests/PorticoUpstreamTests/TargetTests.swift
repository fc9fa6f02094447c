// A backend's names: on the wire, in the log.
import PorticoConfig
import PorticoCore
import PorticoUpstream
import Testing

@Suite struct TargetTests {
    @Test func `the authority leaves out the usual port and brackets IPv6`() throws {
        let rows: [(String, Int, TargetTransport, String)] = [
            ("a.example", 80, .tcp, "a.example"), ("a.example", 8080, .tcp, "a.example:8080"),
            ("::1", 80, .tcp, "[::1]"),
            ("::1", 81, .tcp, "[::1]:81"), ("10.0.0.1", 1, .tcp, "10.0.0.1:1"), ("a.example", 443, .tls, "a.example"),
            ("a.example", 80, .tls, "a.example:80"), ("a.example", 443, .tcp, "a.example:443"),
            ("localhost", 80, .unix(path: "/run/app.sock"), "localhost"),
        ]
        var tls = UpstreamTLSContexts()
        for (host, port, transport, authority) in rows {
            var settings = TargetSettings(id: "x", host: host, port: port)
            settings.transport = transport
            let target = try Target(
                settings, of: ProxySettings(paths: [], targets: [settings]),
                state: TargetRegistry().state(of: settings, route: "/"), tls: &tls)
            #expect(String(decoding: target.authority, as: UTF8.self) == authority)
            #expect(target.label.text == "x")
        }
    }
}
