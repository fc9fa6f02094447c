// Request targets (RFC 9112 §3.2) and authorities: which forms are valid, where path and query lie, and the normalised
// path that routing uses.
import PorticoCore

enum RequestTarget {
    /// Splits the target noted in `head` and checks it. The head's bytes are loaded already.
    static func resolve(_ head: RequestHead) throws(HeadFault) {
        let target = head.fields.view(head.target)
        guard let first = target.first else { throw .bad("empty request target") }
        if head.method == .connect { throw HeadFault(405, "CONNECT is not served") }
        if first == 0x2A {
            guard target.count == 1, head.method == .options else { throw .bad("asterisk target outside OPTIONS") }
            head.path = head.target
            return
        }
        if first != 0x2F { try resolveAbsolute(target, head) }
        try split(head)
    }

    /// `http://authority/path`: the authority replaces `Host`, the rest becomes the target.
    private static func resolveAbsolute(_ target: UnsafeRawBufferPointer, _ head: RequestHead) throws(HeadFault) {
        let schemeLength: Int
        if target.count > 7, UnsafeRawBufferPointer(rebasing: target[..<7]).equalsFolded("http://") {
            schemeLength = 7
        } else if target.count > 8, UnsafeRawBufferPointer(rebasing: target[..<8]).equalsFolded("https://") {
            schemeLength = 8
        } else {
            throw .bad("request target is neither a path nor an http URL")
        }
        var end = schemeLength
        while end < target.count, target[end] != 0x2F, target[end] != 0x3F { end += 1 }
        let start = Int(head.target.start)
        let authority = Extent(start: start + schemeLength, count: end - schemeLength)
        guard isValidAuthority(head.fields.view(authority)) else { throw .bad("invalid authority in request target") }
        head.authority = authority
        if end < target.count, target[end] == 0x2F {
            head.target = Extent(start: start + end, count: target.count - end)
        } else {
            // No path: it is `/` (RFC 9110 §4.2.3); write one with the query behind it.
            let query = Array(target[end...])
            head.target = ([0x2F] + query).withUnsafeBytes { head.fields.append($0) }
        }
    }

    private static func split(_ head: RequestHead) throws(HeadFault) {
        let target = head.fields.view(head.target)
        let start = Int(head.target.start)
        var index = 0
        var needsNormalising = false
        while index < target.count, target[index] != 0x3F {
            let byte = target[index]
            if byte == 0x25 || (byte == 0x2E && target[index - 1] == 0x2F) { needsNormalising = true }
            index += 1
        }
        head.path = Extent(start: start, count: index)
        if index < target.count {
            head.hasQuery = true
            head.query = Extent(start: start + index + 1, count: target.count - index - 1)
        }
        if needsNormalising {
            head.normalisedPath = try PathNormaliser.normalise(UnsafeRawBufferPointer(rebasing: target[..<index]))
        }
    }

    /// `uri-host [":" port]` of RFC 3986 §3.2, without user information; never empty.
    static func isValidAuthority(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return false }
        var index = 0
        if first == 0x5B {
            guard let close = bytes.firstIndex(of: 0x5D), close > 2 else { return false }
            for byte in bytes[1..<close] where ASCII.hexDigit(byte) == nil && byte != 0x3A && byte != 0x2E {
                return false
            }
            index = close + 1
        } else {
            while index < bytes.count, isRegName(bytes[index]) { index += 1 }
            guard index > 0 else { return false }
        }
        guard index < bytes.count else { return true }
        guard bytes[index] == 0x3A else { return false }
        let port = UnsafeRawBufferPointer(rebasing: bytes[(index + 1)...])
        return port.isEmpty || (port.decimal.map { $0 <= 65_535 } ?? false)
    }

    private static func isRegName(_ byte: UInt8) -> Bool {
        // unreserved, sub-delims and "%"
        if ASCII.isUnreserved(byte) { return true }
        switch byte {
        case 0x21, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x3B, 0x3D: return true
        default: return false
        }
    }
}

/// The path that routes see (RFC 3986 §6.2.2): unreserved characters decoded, dot segments removed, all else as sent.
package enum PathNormaliser {
    /// Throws 400 for `%00`, a broken escape, and a path that climbs above the root.
    package static func normalise(_ path: UnsafeRawBufferPointer) throws(HeadFault) -> [UInt8] {
        try removeDotSegments(try decodeUnreserved(path))
    }

    private static func decodeUnreserved(_ path: UnsafeRawBufferPointer) throws(HeadFault) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            let byte = path[index]
            guard byte == 0x25 else {
                out.append(byte)
                index += 1
                continue
            }
            guard index + 2 < path.count, let high = ASCII.hexDigit(path[index + 1]),
                let low = ASCII.hexDigit(path[index + 2])
            else { throw .bad("broken percent escape in path") }
            let decoded = high << 4 | low
            guard decoded != 0 else { throw .bad("NUL in path") }
            if ASCII.isUnreserved(decoded) {
                out.append(decoded)
            } else {
                out.append(0x25)
                out.append(upperHex(high))
                out.append(upperHex(low))
            }
            index += 3
        }
        return out
    }

    private static func upperHex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x37 + nibble }

    private static func removeDotSegments(_ path: [UInt8]) throws(HeadFault) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(path.count)
        var starts: [Int] = []
        var index = 0
        while index < path.count {
            // At a slash: take the segment behind it.
            var end = index + 1
            while end < path.count, path[end] != 0x2F { end += 1 }
            let segment = path[(index + 1)..<end]
            let isLast = end == path.count
            if segment.elementsEqual([0x2E]) {
                if isLast { out.append(0x2F) }
            } else if segment.elementsEqual([0x2E, 0x2E]) {
                guard let start = starts.popLast() else { throw .bad("path climbs above the root") }
                out.removeSubrange(start...)
                if isLast { out.append(0x2F) }
            } else {
                starts.append(out.count)
                out.append(contentsOf: path[index..<end])
            }
            index = end
        }
        return out.isEmpty ? [0x2F] : out
    }
}
