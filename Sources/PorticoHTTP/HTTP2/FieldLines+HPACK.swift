// Between our byte form of header fields and HPACK's strings.
import NIOCore
import NIOHPACK
import PorticoCore

extension HPACKHeaders {
    /// `:status` and the fields of `name: value CRLF` lines, names in lower case (RFC 9113 §8.2).
    init(status: Int, lines: ByteBuffer) {
        var headers: [(String, String)] = [(":status", String(status))]
        lines.forEachFieldLine { name, value in headers.append((name, value)) }
        self.init(headers)
    }

    /// Trailers.
    init(lines: ByteBuffer) {
        var headers: [(String, String)] = []
        lines.forEachFieldLine { name, value in headers.append((name, value)) }
        self.init(headers)
    }
}

extension ByteBuffer {
    /// The lines are ours or were validated: each has a colon and ends in CRLF.
    fileprivate func forEachFieldLine(_ body: (String, String) -> Void) {
        withUnsafeReadableBytes { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != 0x0D { end += 1 }
                let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                if let colon = line.firstIndex(of: 0x3A) {
                    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
                    let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmed
                    body(name.loweredText, value.text)
                }
                start = end + 2
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var loweredText: String {
        String(unsafeUninitializedCapacity: count) { out in
            for index in 0..<count { out[index] = self[index] | ASCII.caseBit(self[index]) }
            return count
        }
    }
}
