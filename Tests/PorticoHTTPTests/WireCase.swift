// One row of a table: bytes in, the answer out.
import PorticoTesting
import Testing

struct WireCase: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let status: Int

    init(_ name: String, _ request: String, _ status: Int) {
        self.name = name
        self.request = request
        self.status = status
    }

    var testDescription: String { name }

    /// The request's answer is `status`, whichever way the bytes are cut. A refused one is answered once, and then the
    /// connection closes although a good request stands behind.
    func check(_ port: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for isDripped in [false, true] {
            let client = try RawClient(port)
            let bytes = request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
            if isDripped, bytes.utf8.count < 600 {
                client.send(bytes, inPiecesOf: 1, pause: .zero)
            } else {
                client.send(bytes)
            }
            let answer = try client.response(toHead: request.hasPrefix("HEAD"))
            #expect(answer.status == status, "\(name): \(answer.text)", sourceLocation: sourceLocation)
            guard status >= 400 else {
                let next = try client.response()
                #expect(next.status == 200 && next["X-Target"] == "/next", "\(name)", sourceLocation: sourceLocation)
                continue
            }
            #expect(answer["Connection"] == "close", "\(name)", sourceLocation: sourceLocation)
            client.finishSending()
            #expect(client.isClosed(), "\(name): closes after one answer", sourceLocation: sourceLocation)
        }
    }
}

/// Checks every row against one server.
func check(_ cases: [WireCase], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await withEcho { port, _ in
        for row in cases { try row.check(port, sourceLocation: sourceLocation) }
    }
}
