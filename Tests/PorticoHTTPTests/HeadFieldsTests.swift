// Fields of a head: lookups, lists, and which names are known.
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoHTTP

@Suite struct HeadFieldsTests {
    private static func fields(_ lines: String...) throws -> HeadFields {
        try ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").head.fields
    }

    @Test func fieldsAreFoundByNameInAnyCase() throws {
        let fields = try Self.fields("ACCEPT: one", "accept: two", "User-agent:  three\t")
        #expect(fields.value(of: .accept)?.text == "one" && fields.value(of: .userAgent)?.text == "three")
        #expect(fields.has(.accept) && !fields.has(.range) && fields.value(of: .range) == nil)
        var all: [String] = []
        fields.forEachValue(of: .accept) { all.append($0.text) }
        #expect(all == ["one", "two"])
    }

    @Test func listsSpanFields() throws {
        let fields = try Self.fields("Connection: a, B", "Connection: c")
        for token: StaticString in ["a", "b", "c"] { #expect(fields.list(.connection, contains: token)) }
        #expect(!fields.list(.connection, contains: "d") && !fields.list(.upgrade, contains: "a"))
    }

    @Test func everyKnownNameIsRecognisedInAnyCase() {
        let names: [(String, KnownField)] = [
            ("TE", .te), ("Via", .via), ("Age", .age), ("Host", .host), ("Date", .date), ("ETag", .etag),
            ("Vary", .vary), ("Range", .range), ("Allow", .allow),
            ("Accept", .accept), ("Cookie", .cookie), ("Expect", .expect), ("Server", .server), ("Upgrade", .upgrade),
            ("Trailer", .trailer),
            ("Referer", .referer), ("If-Match", .ifMatch), ("If-Range", .ifRange), ("Location", .location),
            ("Forwarded", .forwarded),
            ("Connection", .connection), ("Keep-Alive", .keepAlive), ("User-Agent", .userAgent),
            ("traceparent", .traceparent),
            ("Content-Type", .contentType), ("X-Request-ID", .xRequestID), ("Cache-Control", .cacheControl),
            ("If-None-Match", .ifNoneMatch),
            ("Last-Modified", .lastModified), ("Content-Length", .contentLength), ("Accept-Encoding", .acceptEncoding),
            ("X-Forwarded-For", .xForwardedFor), ("Proxy-Connection", .proxyConnection),
            ("Content-Encoding", .contentEncoding),
            ("X-Forwarded-Host", .xForwardedHost), ("Transfer-Encoding", .transferEncoding),
            ("If-Modified-Since", .ifModifiedSince),
            ("X-Forwarded-Proto", .xForwardedProto), ("Sec-WebSocket-Key", .secWebSocketKey),
            ("Proxy-Authenticate", .proxyAuthenticate),
            ("Proxy-Authorization", .proxyAuthorization), ("If-Unmodified-Since", .ifUnmodifiedSince),
            ("Sec-WebSocket-Version", .secWebSocketVersion),
        ]
        #expect(Set(names.map(\.1)).count == KnownField.allCases.count - 2, "all but `other` and `underscored`")
        for (name, field) in names {
            for form in [name, name.lowercased(), name.uppercased()] {
                #expect(
                    Array(form.utf8).withUnsafeBytes { KnownField.recognise($0, underscored: false) } == field,
                    "\(form)")
            }
            for other in [name + "x", String(name.dropLast()), "z" + name.dropFirst()]
            where !names.contains(where: { $0.0 == other }) {
                #expect(
                    Array(other.utf8).withUnsafeBytes { KnownField.recognise($0, underscored: false) } == .other,
                    "\(other)")
            }
        }
    }

    @Test func namesWithUnderscoresAreNeverTakenForKnownOnes() throws {
        let fields = try Self.fields(
            "X_Forwarded_For: 1", "Content_Length: 5", "Transfer_Encoding: chunked", "x-forwarded_for: 2", "_: 3")
        for index in 1..<fields.entryCount { #expect(fields.entry(index).known == .underscored) }
        for field in [KnownField.xForwardedFor, .contentLength, .transferEncoding] { #expect(!fields.has(field)) }
    }

    @Test func memoryGrowsAndIsUsedAgain() throws {
        let fields = HeadFields()
        for size in [0, 1, 511, 512, 513, 5000, 100_000, 3] {
            fields.clear()
            let extent = [UInt8](repeating: 7, count: size).withUnsafeBytes { fields.append($0) }
            #expect(fields.view(extent).count == size && fields.view(extent).allSatisfy { $0 == 7 })
        }
    }
}
