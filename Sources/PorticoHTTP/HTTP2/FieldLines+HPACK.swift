// Between our byte form of header fields and HPACK's strings.
package import NIOCore
package import NIOHPACK
import PorticoCore

extension HPACKHeaders {
    /// `:status` and the fields of `name: value CRLF` lines, names in lower case (RFC 9113 §8.2).
    init(status: Int, lines: ByteBuffer) {
        var headers: [(String, String)] = [(":status", String(status))]
        lines.forEachFieldLine { name, value in headers.append((name, value)) }
        self.init(headers)
    }

    /// A request whose head is written as HTTP/1.1: ours, so that nothing in it needs to be looked at twice. What belongs to
    /// an HTTP/1 connection stays behind (RFC 9113 §8.2.2, §8.3.1).
    package init(requestHead: ByteBuffer, scheme: String) {
        var headers: [(String, String)] = []
        headers.reserveCapacity(20)
        var lines = requestHead
        let end = lines.readableBytesView.firstIndex(of: 0x0D) ?? lines.writerIndex
        let requestLine = lines.readString(length: end - lines.readerIndex) ?? ""
        lines.moveReaderIndex(forwardBy: Swift.min(2, lines.readableBytes))
        let words = requestLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        headers.append((":method", words.first.map(String.init) ?? ""))
        headers.append((":scheme", scheme))
        headers.append((":path", words.count > 1 ? String(words[1]) : "/"))
        lines.forEachFieldLine { name, value in
            switch name {
            case "host": headers.insert((":authority", value), at: 2)
            case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": break
            default: headers.append((name, value))
            }
        }
        self.init(headers)
    }

    /// Trailers.
    package init(lines: ByteBuffer) {
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
