// Who may talk to the admin listener, by tables.
import Testing

@testable import PorticoAdmin

@Suite struct AdminGateTests {
    private static func request(
        _ host: String, post: Bool = false, origin: String? = nil, site: String? = nil, token: String? = nil
    ) -> AdminGate.Request {
        var request = AdminGate.Request()
        request.isPost = post
        request.authority = host
        request.host = host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host
        request.origin = origin
        request.fetchSite = site
        request.authorization = token
        return request
    }

    @Test(arguments: [
        ("127.0.0.1:9901", nil), ("localhost:9901", nil), ("[::1]:9901", nil), ("localhost", nil),
        ("box.lan:9901", nil),
        ("evil.example:9901", AdminGate.Refusal.unknownHost), ("127.0.0.1.evil.example:9901", .unknownHost),
        ("localhost.evil.example:9901", .unknownHost),
    ])
    func withoutATokenOnlyItsOwnNamesAreAnswered(host: String, refusal: AdminGate.Refusal?) {
        #expect(AdminGate(token: "", host: "box.lan").refusal(Self.request(host)) == refusal)
    }

    @Test(arguments: [
        (nil as String?, nil as String?, nil as AdminGate.Refusal?), ("http://localhost:9901", "same-origin", nil),
        (nil, "none", nil), ("http://evil.example", nil, .otherOrigin), ("null", nil, .otherOrigin),
        ("http://localhost:8080", "same-site", .otherOrigin), (nil, "cross-site", .otherOrigin),
        ("https://localhost:9901", nil, .otherOrigin),
    ])
    func ordersOfPagesFromElsewhereAreRefused(origin: String?, site: String?, refusal: AdminGate.Refusal?) {
        let gate = AdminGate(token: "", host: "127.0.0.1")
        let order = Self.request("localhost:9901", post: true, origin: origin, site: site)
        #expect(gate.refusal(order) == refusal)
        #expect(gate.refusal(Self.request("localhost:9901", origin: origin, site: site)) == nil)
    }

    @Test(arguments: [
        ("Bearer secret" as String?, nil as AdminGate.Refusal?), ("bearer secret", nil), (nil, .noToken),
        ("Bearer ", .noToken),
        ("Bearer secre", .noToken), ("Bearer secrets", .noToken), ("Bearer Secret", .noToken), ("secret", .noToken),
        ("Basic secret", .noToken),
    ])
    func aTokenIsAskedForWhereThereIsOne(authorization: String?, refusal: AdminGate.Refusal?) {
        let gate = AdminGate(token: "secret", host: "0.0.0.0")
        #expect(gate.refusal(Self.request("gateway.example:9901", token: authorization)) == refusal)
    }

    @Test(arguments: [("a%3Ab", "a:b"), ("plain", "plain"), ("%2", "%2"), ("%zz", "%zz"), ("%2F%2f", "//")])
    func idsAreDecoded(text: String, id: String) {
        #expect(PercentText.decoded(Substring(text)) == id)
    }
}
