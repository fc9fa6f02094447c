// What of an HTTP/2 backend's answer is taken, and what a request to it looks like.
import NIOCore
import NIOHPACK
import PorticoCore
import PorticoHTTP
import Testing

@Suite struct HTTP2ResponseHeadTests {
    private func fill(
        _ headers: [(String, String)], _ method: HTTPMethod = .get, endStream: Bool = false
    ) throws(HeadFault) -> ResponseHeadView {
        var head = ResponseHeadView()
        try HTTP2ResponseHead.fill(&head, from: HPACKHeaders(headers), answering: method, endStream: endStream)
        return head
    }

    @Test func `the framing is this table`() throws {
        let rows: [(status: String, length: String?, method: HTTPMethod, ends: Bool, framing: BodyFraming)] = [
            ("200", nil, .get, false, .chunked), ("200", "5", .get, false, .length(5)),
            ("200", nil, .get, true, .length(0)),
            ("200", "0", .get, true, .length(0)), ("200", "5", .head, true, .none), ("204", nil, .get, true, .none),
            ("304", "5", .get, true, .none), ("103", nil, .get, false, .none), ("500", nil, .post, true, .length(0)),
        ]
        for row in rows {
            var headers = [(":status", row.status), ("x-a", "b")]
            if let length = row.length { headers.append(("content-length", length)) }
            let head = try fill(headers, row.method, endStream: row.ends)
            #expect(head.framing == row.framing && head.status == Int(row.status), "\(row)")
            #expect(head.fields.entryCount == headers.count - 1)
        }
    }

    @Test(arguments: [
        [("x-a", "b")], [(":status", "20")], [(":status", "2000")], [(":status", "099")], [(":status", "abc")],
        [(":status", "200"), (":status", "200")], [("x-a", "b"), (":status", "200")],
        [(":status", "200"), (":path", "/")],
        [(":status", "200"), ("Upper", "x")], [(":status", "200"), ("", "x")], [(":status", "200"), ("a b", "x")],
        [(":status", "200"), ("x", "a\r\nb")], [(":status", "200"), ("x", "a\u{0}")],
        [(":status", "200"), ("connection", "close")], [(":status", "200"), ("transfer-encoding", "chunked")],
        [(":status", "200"), ("content-length", "x")],
        [(":status", "200"), ("content-length", "1"), ("content-length", "2")],
    ])
    func `what HTTP/1 could not carry is refused`(_ headers: [(String, String)]) {
        #expect(throws: HeadFault.self) { try fill(headers) }
    }

    @Test func `an end that comes too early is refused`() {
        #expect(throws: HeadFault.self) { try fill([(":status", "100")], endStream: true) }
        #expect(throws: HeadFault.self) { try fill([(":status", "200"), ("content-length", "5")], endStream: true) }
        let many = (0..<200).map { ("x-\($0)", "y") }
        #expect(throws: HeadFault.self) { try fill([(":status", "200")] + many) }
    }

    @Test func `a request loses what belongs to an HTTP/1 connection`() {
        let head = ByteBuffer(
            string: "POST /a/b?c=d HTTP/1.1\r\nHost: a.example:81\r\nX-Mixed: Value\r\nTransfer-Encoding: chunked\r\n"
                + "Connection: TE\r\nTE: trailers\r\nUpgrade: x\r\nCookie: a=1; b=2\r\n\r\n")
        let headers = HPACKHeaders(requestHead: head, scheme: "https").map { "\($0.name)=\($0.value)" }
        #expect(
            headers == [
                ":method=POST", ":scheme=https", ":authority=a.example:81", ":path=/a/b?c=d", "x-mixed=Value",
                "te=trailers",
                "cookie=a=1; b=2",
            ])
    }

    @Test func `trailers that are no fields are left out`() {
        let trailers = HTTP2ResponseHead.trailers(
            HPACKHeaders([("grpc-status", "0"), (":status", "200"), ("x", "a\nb")]))
        #expect(String(buffer: trailers) == "grpc-status: 0\r\n")
    }
}
