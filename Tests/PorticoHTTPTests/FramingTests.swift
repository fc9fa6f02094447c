// How long a request's body is (RFC 9112 §6): everything two readers could read differently is refused.
import Testing

@Suite struct FramingTests {
    private static func post(_ lines: String, _ body: String = "", version: String = "1.1") -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\n\(lines)\r\n\r\n\(body)"
    }

    @Test func transferEncodingWithContentLengthIsRefused() async throws {
        try await check([
            WireCase("length first", Self.post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
            WireCase("coding first", Self.post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400),
            WireCase("length zero", Self.post("Transfer-Encoding: chunked\r\nContent-Length: 0", "0\r\n\r\n"), 400),
            WireCase(
                "GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ])
    }

    @Test func chunkedMustBeTheLastCodingAndStandOnce() async throws {
        try await check([
            WireCase("no chunked", Self.post("Transfer-Encoding: gzip"), 400),
            WireCase("chunked not last", Self.post("Transfer-Encoding: chunked, gzip"), 400),
            WireCase("chunked twice", Self.post("Transfer-Encoding: chunked, chunked"), 400),
            WireCase(
                "chunked twice in two fields", Self.post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                400),
            WireCase("identity", Self.post("Transfer-Encoding: identity"), 400),
            WireCase("a name that starts so", Self.post("Transfer-Encoding: chunkedx"), 400),
            WireCase("a name that ends so", Self.post("Transfer-Encoding: xchunked"), 400),
            WireCase("quoted", Self.post("Transfer-Encoding: \"chunked\""), 400),
            WireCase("vertical tab before it", Self.post("Transfer-Encoding: \u{0B}chunked"), 400),
        ])
    }

    @Test func anotherCodingBeforeChunkedIsNotImplemented() async throws {
        try await check([
            WireCase("gzip", Self.post("Transfer-Encoding: gzip, chunked"), 501),
            WireCase("two fields", Self.post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 501),
            WireCase("unknown", Self.post("Transfer-Encoding: xyz, chunked"), 501),
        ])
    }

    @Test func transferEncodingInHTTP10IsRefused() async throws {
        try await check([WireCase("1.0", Self.post("Transfer-Encoding: chunked", "0\r\n\r\n", version: "1.0"), 400)])
    }

    @Test func emptyTransferEncodingIsRefused() async throws {
        try await check([
            WireCase("nothing", Self.post("Transfer-Encoding:"), 400),
            WireCase("spaces", Self.post("Transfer-Encoding:   "), 400),
            WireCase("a comma", Self.post("Transfer-Encoding: ,"), 400),
            WireCase("empty beside chunked", Self.post("Transfer-Encoding:\r\nTransfer-Encoding: chunked"), 400),
        ])
    }

    @Test func chunkedIsReadWhateverItsCase() async throws {
        try await check([
            WireCase("lower case", Self.post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"), 200),
            WireCase("mixed case", Self.post("transfer-ENCODING: ChunkeD", "3\r\nabc\r\n0\r\n\r\n"), 200),
        ])
    }

    @Test func contentLengthIsDigitsOnly() async throws {
        let values = [
            "", "+3", "-3", " 3 3", "0x3", "3.0", "3,3,", "3;", "a", "３", "1e1", "9223372036854775808",
            "99999999999999999999999999999",
        ]
        try await check(
            values.map { WireCase("Content-Length: \($0)", Self.post("Content-Length: \($0)", "abc"), 400) })
    }

    @Test func severalDifferentLengthsAreRefused() async throws {
        try await check([
            WireCase("two fields", Self.post("Content-Length: 3\r\nContent-Length: 4", "abcd"), 400),
            WireCase("one list", Self.post("Content-Length: 3, 4", "abcd"), 400),
        ])
    }

    @Test func theSameLengthTwiceAndLeadingZerosAreOneLength() async throws {
        try await check([
            WireCase("two fields", Self.post("Content-Length: 3\r\nContent-Length: 3", "abc"), 200),
            WireCase("zeros", Self.post("Content-Length: 003", "abc"), 200),
        ])
    }
}
