// What holds for every request head that is accepted (RFC 9112 §2-6).
import NIOCore
import PorticoCore
import PorticoHTTP

enum HeadInvariants {
    /// Nothing of a head that is not whole points anywhere.
    static func check(unfinished head: RequestHead) {
        precondition(head.methodBytes.isEmpty && head.targetBytes.isEmpty && head.fields.entryCount == 0)
    }

    static func check(_ head: RequestHead, _ bytes: ByteBufferView) {
        checkLines(bytes)
        checkFields(head)
        checkPath(head)
        precondition(head.method != .trace && head.method != .connect)
        precondition(head.methodBytes.allSatisfy(ASCII.isToken) && !head.methodBytes.isEmpty)
        precondition(head.authorityBytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x40 && $0 != 0x2F })
        precondition(head.version == .http10 || !head.authorityBytes.isEmpty)
        precondition(head.hostBytes.count <= head.authorityBytes.count)
    }

    /// Lines end in CRLF, there is no other CR or LF, and no other control character but tabs.
    private static func checkLines(_ bytes: ByteBufferView) {
        let head = Array(bytes)
        precondition(head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A])
        for index in head.indices {
            switch head[index] {
            case 0x0D: precondition(head[index + 1] == 0x0A)
            case 0x0A: precondition(index > 0 && head[index - 1] == 0x0D)
            case 0x09: break
            default: precondition(head[index] >= 0x20 && head[index] != 0x7F)
            }
        }
    }

    private static func checkFields(_ head: RequestHead) {
        var hosts = 0
        for index in 0..<head.fields.entryCount {
            let entry = head.fields.entry(index)
            let (name, value) = (head.fields.view(entry.name), head.fields.view(entry.value))
            precondition(!name.isEmpty && name.allSatisfy(ASCII.isToken) && value.allSatisfy(ASCII.isFieldValue))
            precondition(value.trimmed.count == value.count)
            if name.equalsFolded("host") { hosts += 1 }
        }
        precondition(hosts == 1 || hosts == 0 && head.version == .http10)
        let isChunked = head.framing == .chunked
        precondition(isChunked == head.fields.has(.transferEncoding))
        if isChunked { precondition(!head.fields.has(.contentLength) && head.version == .http11) }
        if case .length(let length) = head.framing { precondition(length > 0 && head.fields.has(.contentLength)) }
    }

    private static func checkPath(_ head: RequestHead) {
        head.withRoutingPath { path in
            guard !path.equals("*") else { return precondition(head.method == .options) }
            precondition(path.first == 0x2F && !path.contains(0x3F))
            for segment in path.split(separator: 0x2F) {
                precondition(!segment.elementsEqual([0x2E]) && !segment.elementsEqual([0x2E, 0x2E]))
            }
        }
        precondition(head.targetBytes.first == 0x2F || head.targetBytes.equals("*"))
    }
}
