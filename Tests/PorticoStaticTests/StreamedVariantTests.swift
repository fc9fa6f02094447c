// A coded form on its way to clients while it is made. The making is the test's own, piece by piece; the sockets are real.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Synchronization
import Testing

@testable import PorticoStatic

@Suite struct StreamedVariantTests {
    private static let tag = "\"tag\""
    private static let head = RepresentationHead(
        etag: Array(tag.utf8), shared: ByteBuffer(string: "ETag: \(tag)\r\n"),
        fields: ByteBuffer(string: "ETag: \(tag)\r\nContent-Encoding: gzip\r\n"))
    private static let whole = Representation(head, bytes: ByteBuffer(string: "one two three"))

    private static func variant() -> VariantInMaking {
        let identity = Representation(head, bytes: ByteBuffer(string: "plain"))
        let entry = StaticEntry(
            key: [], path: "", stamp: FileStamp(path: "/")!, identity: identity, isNegotiable: true)
        return VariantInMaking(of: entry, .gzip)
    }

    private static func serving(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (VariantInMaking, Answering, Int) async throws -> Void
    ) async throws {
        let variant = variant()
        let answering = Answering()
        let wire = try await WireServer.start(.patient) { _ in VariantHandler(variant, answering) }
        do {
            try await body(variant, answering, wire.port)
        } catch {
            await wire.stop()
            throw error
        }
        await wire.stop()
    }

    private static func request(_ method: String = "GET", _ fields: String = "", version: String = "1.1") -> String {
        "\(method) / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
    }

    @Test func theFirstPieceLeavesBeforeTheEndIsKnown() async throws {
        try await Self.serving { variant, answering, port async throws in
            let client = try RawClient(port)
            client.send(Self.request())
            variant.add(ByteBuffer(string: "one "), Self.head)
            // The head ends in an empty line; "4", a line end and four bytes follow.
            try client.awaitBytes(60)
            variant.add(ByteBuffer(string: "two "), Self.head)
            variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "three"))
            let answer = try client.response()
            #expect(answer.isChunked && answer.text == "one two three" && answer["Content-Length"] == nil)
            #expect(answer["ETag"] == Self.tag && answer["Content-Encoding"] == "gzip")
            // The connection goes on, and now there is a length.
            let second = try client.exchange(Self.request())
            #expect(second["Content-Length"] == "13" && second.text == answer.text && second["ETag"] == Self.tag)
        }
    }

    @Test func whoComesLaterBeginsAtTheBeginning() async throws {
        try await Self.serving { variant, answering, port async throws in
            variant.add(ByteBuffer(string: "one "), Self.head)
            variant.add(ByteBuffer(string: "two "), Self.head)
            let clients = try (0..<20).map { _ in try RawClient(port) }
            for client in clients { client.send(Self.request()) }
            for client in clients { try client.awaitBytes(60) }
            variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "three"))
            for client in clients {
                let answer = try client.response()
                #expect(answer.isChunked && answer.text == "one two three")
            }
        }
    }

    @Test func whatCannotBeCompletedIsCut() async throws {
        try await Self.serving { variant, answering, port async throws in
            let client = try RawClient(port)
            client.send(Self.request())
            variant.add(ByteBuffer(string: "one "), Self.head)
            try client.awaitBytes(60)
            variant.end(.broken)
            let (bytes, ending) = client.readToEnd()
            #expect(!bytes.contains("\r\n0\r\n") && ending != .stillOpen)
            #expect(answering.soon { $0.reasons == [.fileChanged] })
        }
    }

    /// Nothing was said yet: another form can take its place.
    @Test func whatBreaksBeforeItsFirstPieceIsAnsweredOtherwise() async throws {
        try await Self.serving { variant, answering, port async throws in
            let client = try RawClient(port)
            client.send(Self.request())
            #expect(answering.soon { $0.asked == 1 })
            variant.end(.broken)
            #expect(try client.response().text == "plain")
        }
    }

    @Test(arguments: [
        ("HEAD", "", "1.1", 200), ("GET", "", "1.0", 200), ("GET", "If-None-Match: \"tag\"\r\n", "1.1", 304),
    ])
    func whoNeedsTheWholeWaitsForIt(method: String, fields: String, version: String, status: Int) async throws {
        try await Self.serving { variant, answering, port async throws in
            let client = try RawClient(port)
            variant.add(ByteBuffer(string: "one two "), Self.head)
            client.send(Self.request(method, fields, version: version))
            #expect(answering.soon { $0.asked == 1 })
            variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "three"))
            let answer = try client.response(toHead: method == "HEAD")
            #expect(answer.status == status && !answer.isChunked && answer["ETag"] == Self.tag)
            #expect(status == 304 || answer["Content-Length"] == "13")
        }
    }

    @Test func aConditionThatDoesNotHoldIsNoReasonToWait() async throws {
        try await Self.serving { variant, answering, port async throws in
            let client = try RawClient(port)
            variant.add(ByteBuffer(string: "one "), Self.head)
            client.send(Self.request("GET", "If-None-Match: \"another\"\r\n"))
            try client.awaitBytes(60)
            variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "two three"))
            let answer = try client.response()
            #expect(answer.isChunked && answer.text == "one two three")
        }
    }

    @Test func aClientThatLeavesIsNobodyElsesBusiness() async throws {
        try await Self.serving { variant, answering, port async throws in
            let (leaving, staying) = (try RawClient(port), try RawClient(port))
            variant.add(ByteBuffer(string: "one "), Self.head)
            for client in [leaving, staying] {
                client.send(Self.request())
                try client.awaitBytes(60)
            }
            leaving.reset()
            #expect(answering.soon { $0.reasons == [.clientGone] })
            variant.add(ByteBuffer(string: "two "), Self.head)
            variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "three"))
            #expect(try staying.response().text == "one two three")
            #expect(answering.soon { $0.reasons == [.clientGone, .ok] })
        }
    }

    /// 64 MiB that lie ready: a client that does not read gets what its connection holds, and all of it once it reads.
    @Test func aClientThatDoesNotReadIsSentNoMoreThanItsConnectionHolds() async throws {
        try await Self.serving { variant, answering, port async throws in
            let piece = ByteBuffer(repeating: 0x61, count: 64 << 10)
            for _ in 0..<1024 { variant.add(piece, Self.head) }
            let client = try RawClient(port, receiveBuffer: 64 << 10)
            client.send(Self.request("GET", "Connection: close\r\n"))
            // It is sent on the loop before this is answered there.
            #expect(answering.soon { $0.asked == 1 })
            let sent = try RawClient(port).exchange("GET /sent HTTP/1.1\r\nHost: a\r\n\r\n").text
            #expect(Int(sent).map { $0 > 0 && $0 < 24 << 20 } == true, "\(sent)")
            variant.end(.made(.none), lastPiece: ByteBuffer(string: "end"))
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count > 64 << 20 && bytes.suffix(13) == Array("3\r\nend\r\n0\r\n\r\n".utf8).suffix(13))
            #expect(ending == .closed)
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func theSameOverHTTP2() async throws {
        for isBroken in [false, true] {
            try await Self.serving { variant, answering, port async throws in
                let folder = TempFolder()
                variant.add(ByteBuffer(string: "one two "), Self.head)
                let command = """
                    (curl -sN --http2-prior-knowledge -o '\(folder.path)/body' http://127.0.0.1:\(port)/; \
                    echo $? > '\(folder.path)/status') >/dev/null 2>&1 &
                    """
                #expect(Command.run(["sh", "-c", command]).status == 0)
                #expect(answering.soon { _ in folder.text("body") == "one two " })
                if isBroken {
                    variant.end(.broken)
                } else {
                    variant.end(.made(.best(Self.whole)), lastPiece: ByteBuffer(string: "three"))
                }
                #expect(answering.soon { _ in folder.text("status").hasSuffix("\n") })
                #expect((folder.text("status") == "0\n") == !isBroken)
                #expect(isBroken || folder.text("body") == "one two three")
            }
        }
    }
}

/// What came of the answers, told to the test's thread.
private final class Answering: Sendable {
    struct Told {
        var asked = 0
        var reasons: [EndReason] = []
    }

    let told = Mutex(Told())

    func soon(_ isRight: (Told) -> Bool) -> Bool {
        WatchedSite.soon(.seconds(60)) { told.withLock { isRight($0) } }
    }
}

private final class VariantHandler: ExchangeHandler {
    private let variant: VariantInMaking
    private let answering: Answering
    private var first: Exchange?

    init(_ variant: VariantInMaking, _ answering: Answering) {
        self.variant = variant
        self.answering = answering
    }

    func answer(_ exchange: Exchange) {
        if exchange.head.withRoutingPath({ $0.count > 1 }) {
            let sent = ByteBuffer(string: "\(first?.record.bytesOut ?? -1)")
            return exchange.respond(status: 200, fields: ByteBuffer(), body: sent)
        }
        if first == nil { first = exchange }
        VariantReader.answer(exchange, with: variant) { exchange, end in
            guard case .made(let made) = end, let whole = made.representation else {
                return exchange.respond(status: 200, fields: ByteBuffer(), body: ByteBuffer(string: "plain"))
            }
            let isKnown = exchange.head.fields.value(of: .ifNoneMatch)?.equals(StaticString("\"tag\"")) == true
            if isKnown { return exchange.respond(whole.notModified) }
            guard case .memory(let prepared) = whole.content else { return exchange.abort() }
            exchange.respond(prepared)
        }
        answering.told.withLock { $0.asked += 1 }
    }

    func record(_ exchange: Exchange) {
        guard exchange.head.withRoutingPath({ $0.count <= 1 }) else { return }
        answering.told.withLock { $0.reasons.append(exchange.record.reason) }
    }

    func tick(_ now: MonotonicTime) -> Bool { false }
}
