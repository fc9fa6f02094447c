// A client's target, kept in a cookie. The value is a keyed code of the target's name (HMAC-SHA-256): it tells nobody which
// target it stands for, and nobody else can make one. Made once per configuration; a request looks its cookie up. Immutable.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

final class StickySessions: Sendable {
    private struct Code: Hashable {
        let high: UInt64
        let low: UInt64
    }

    private let cookie: [UInt8]
    private let targets: [Code: Int]
    /// `Set-Cookie` lines by target; over TLS with `Secure`.
    private let lines: [[UInt8]]
    private let secureLines: [[UInt8]]

    /// `route` is what makes the route the same one after a reload; `path` is where the cookie holds.
    init?(_ settings: StickySettings, ids: [String], route: String, path: String, secret: [UInt8]) {
        guard settings.enabled else { return nil }
        cookie = Array(settings.cookie.utf8)
        let codes = ids.map { id -> Code in
            let code = SHA256.authenticate(Array("\(route)\0\(id)".utf8), key: secret)
            return Code(high: Self.number(code[..<8]), low: Self.number(code[8..<16]))
        }
        targets = Dictionary(zip(codes, codes.indices), uniquingKeysWith: { first, _ in first })
        let age = settings.ttl.map { "; Max-Age=\($0.components.seconds)" } ?? ""
        let plain = codes.map { code in
            let value = Self.hex(code.high) + Self.hex(code.low)
            return Array("Set-Cookie: \(settings.cookie)=\(value); Path=\(path); HttpOnly; SameSite=Lax\(age)".utf8)
        }
        secureLines = plain.map { $0 + Array("; Secure\r\n".utf8) }
        lines = plain.map { $0 + Array("\r\n".utf8) }
    }

    /// The target that the request's cookie names, if it is a cookie of ours.
    func target(of fields: HeadFields) -> Int? {
        guard fields.has(.cookie) else { return nil }
        return RequestCookie.value(cookie, of: fields) { value in
            guard value.count == 32, let high = Self.number(hex: UnsafeRawBufferPointer(rebasing: value[..<16])),
                let low = Self.number(hex: UnsafeRawBufferPointer(rebasing: value[16...]))
            else { return nil }
            return targets[Code(high: high, low: low)]
        }
    }

    /// Whether there is such a cookie, whatever it says.
    func isShown(by fields: HeadFields) -> Bool { RequestCookie.value(cookie, of: fields) { _ in true } ?? false }

    func line(for target: Int, isSecure: Bool) -> [UInt8] { isSecure ? secureLines[target] : lines[target] }

    // MARK: Numbers

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func number(hex: UnsafeRawBufferPointer) -> UInt64? {
        var number: UInt64 = 0
        for byte in hex {
            guard let digit = ASCII.hexDigit(byte) else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }
}
