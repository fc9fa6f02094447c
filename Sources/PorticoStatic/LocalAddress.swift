// `Location` values that stay on this host, from the bytes of a request's own path and query.

enum LocalAddress {
    /// `//evil.example` must not become a redirect to another host: slashes at the start are made one. What a URI cannot
    /// hold is escaped.
    static func text(path: [UInt8], query: [UInt8]?) -> String {
        var out: [UInt8] = [0x2F]
        write(path.drop { $0 == 0x2F }, isQuery: false, to: &out)
        if let query {
            out.append(0x3F)
            write(query[...], isQuery: true, to: &out)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, isQuery: Bool, to out: inout [UInt8]) {
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            if isAllowed(byte) || isQuery && byte == 0x3F {
                out.append(byte)
            } else {
                out += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
    }

    /// `pchar`, `/` and the sign of an escape (RFC 3986 §3.3).
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x24...0x3B, 0x3D, 0x40...0x5A, 0x5F, 0x61...0x7A, 0x7E: true
        default: false
        }
    }
}

extension CanonicalAddress {
    /// The path that is right, from one that was asked for. Unreserved characters are decoded in it already.
    func path(from path: UnsafeRawBufferPointer) -> [UInt8] {
        switch self {
        case .withSlash: Array(path) + [0x2F]
        case .withoutSlash: Array(path[..<(path.lastIndex { $0 != 0x2F }.map { $0 + 1 } ?? 0)])
        case .withoutExtension: Array(path.dropLast(".html".utf8.count))
        case .withoutIndex: Array(path[...(path.lastIndex(of: 0x2F) ?? 0)])
        }
    }
}
