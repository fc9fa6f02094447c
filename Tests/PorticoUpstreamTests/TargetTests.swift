// A backend's names: on the wire, in the log.
import PorticoConfig
import PorticoCore
import PorticoUpstream
import Testing

@Suite struct TargetTests {
    @Test func `the authority leaves out the usual port and brackets IPv6`() {
        let rows = [
            ("a.example", 80, "a.example"), ("a.example", 8080, "a.example:8080"), ("::1", 80, "[::1]"),
            ("::1", 81, "[::1]:81"), ("10.0.0.1", 1, "10.0.0.1:1"),
        ]
        for (host, port, authority) in rows {
            let settings = TargetSettings(id: "x", host: host, port: port)
            let target = Target(settings, state: TargetRegistry().state(of: settings, route: "/"))
            #expect(String(decoding: target.authority, as: UTF8.self) == authority)
            #expect(target.label.text == "x")
        }
    }
}
