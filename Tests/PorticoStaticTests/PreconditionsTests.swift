// The five conditions against one representation (RFC 9110 §13.2.2).
import PorticoHTTP
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct PreconditionsTests {
    private static let modified = 784_111_777
    private static let same = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let earlier = "Sat, 05 Nov 1994 08:49:37 GMT"
    private static let etag = Array("\"e\"".utf8)

    private static func evaluate(_ method: HTTPMethod, _ lines: [String]) throws -> Precondition {
        let head = try ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").head
        return etag.withUnsafeBytes {
            Preconditions.evaluate(head.fields, method: method, etag: $0, modified: modified)
        }
    }

    @Test func readsSeeAllFive() throws {
        let cases: [([String], Precondition)] = [
            ([], .proceed), (["If-Match: \"e\""], .proceed), (["If-Match: \"x\", \"e\""], .proceed),
            (["If-Match: *"], .proceed),
            (["If-Match: \"x\""], .failed), (["If-Match: W/\"e\""], .failed), (["If-Match: e"], .failed),
            (["If-Unmodified-Since: \(Self.same)"], .proceed), (["If-Unmodified-Since: \(Self.earlier)"], .failed),
            (["If-Match: \"e\"", "If-Unmodified-Since: \(Self.earlier)"], .proceed),
            (["If-None-Match: \"e\""], .notModified),
            (["If-None-Match: W/\"e\""], .notModified), (["If-None-Match: *"], .notModified),
            (["If-None-Match: \"x\""], .proceed),
            (["If-None-Match: \"x\"", "If-Modified-Since: \(Self.same)"], .proceed),
            (["If-Modified-Since: \(Self.same)"], .notModified),
            (["If-Modified-Since: \(Self.earlier)"], .proceed),
            (["If-Modified-Since: \(Self.same)", "If-Match: \"x\""], .failed),
            (["If-None-Match: \"x\"", "If-None-Match: \"e\""], .notModified),
        ]
        for (lines, expected) in cases {
            for method in [HTTPMethod.get, .head] { #expect(try Self.evaluate(method, lines) == expected, "\(lines)") }
        }
    }

    @Test func writesFailInsteadOf304AndKnowNoIfModifiedSince() throws {
        #expect(try Self.evaluate(.put, ["If-None-Match: *"]) == .failed)
        #expect(try Self.evaluate(.delete, ["If-None-Match: \"e\""]) == .failed)
        #expect(try Self.evaluate(.put, ["If-Modified-Since: \(Self.same)"]) == .proceed)
    }

    @Test func ifRangeComparesStrongly() throws {
        let cases = [
            ("\"e\"", true), ("W/\"e\"", false), ("\"x\"", false), (Self.same, true), (Self.earlier, false),
            ("x", false),
        ]
        for (value, applies) in cases {
            let head = try ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\nIf-Range: \(value)\r\n\r\n").head
            let result = Self.etag.withUnsafeBytes {
                Preconditions.rangeApplies(head.fields, etag: $0, modified: Self.modified)
            }
            #expect(result == applies, "\(value)")
        }
    }
}
