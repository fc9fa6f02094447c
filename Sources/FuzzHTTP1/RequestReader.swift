// A connection without a socket: cuts bytes into requests as HTTP1Connection does and writes down what it read.
import NIOCore
import PorticoCore
import PorticoHTTP

struct RequestReader {
    private(set) var transcript: [UInt8] = []
    private var input = ByteBuffer()
    private let head = RequestHead()
    /// Nil between requests.
    private var body: BodyReader?
    private var isRefused = false

    /// Small, so that short inputs reach them.
    private static let limits = RequestHeadParser.Limits(head: 1024, requestLine: 256)

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        input.writeBytes(bytes)
        while !isRefused, advance() {}
    }

    private mutating func advance() -> Bool {
        do throws(HeadFault) {
            return body == nil ? try readHead() : try readBody()
        } catch {
            // Which limit speaks first may depend on the cut, that one speaks may not.
            precondition(error.status >= 400 && error.status < 600)
            isRefused = true
            note("refused")
            return false
        }
    }

    private mutating func readHead() throws(HeadFault) -> Bool {
        let bytes = input
        switch try RequestHeadParser.parse(bytes.readableBytesUInt8Span, into: head, limits: Self.limits) {
        case .needMore:
            HeadInvariants.check(unfinished: head)
            return false
        case .http2Preface:
            isRefused = true
            note("preface")
            return false
        case .complete(let length):
            HeadInvariants.check(head, bytes.readableBytesView.prefix(length))
            input.moveReaderIndex(forwardBy: length)
            describeHead()
            body = BodyReader(head.framing)
            return true
        }
    }

    private mutating func readBody() throws(HeadFault) -> Bool {
        let before = input.readableBytes
        switch try body!.next(&input) {
        case .needMore: return false
        case .data(let piece):
            precondition(piece.readableBytes > 0 && input.readableBytes < before)
            transcript += piece.readableBytesView
        case .end(let trailers):
            body = nil
            note("end")
            if let trailers { transcript += trailers.readableBytesView }
        }
        return true
    }

    private mutating func describeHead() {
        note("head")
        note(head.methodBytes)
        note(head.targetBytes)
        note(head.authorityBytes)
        note(head.queryBytes)
        head.withRoutingPath { transcript += $0 }
        note(
            "\(head.method) \(head.version) \(head.framing) \(head.keepAlive) \(head.expectsContinue) \(head.wantsUpgrade)"
        )
        for index in 0..<head.fields.entryCount {
            let entry = head.fields.entry(index)
            note(head.fields.view(entry.name))
            note(head.fields.view(entry.value))
            transcript.append(entry.known.rawValue)
        }
    }

    private mutating func note(_ text: String) {
        transcript += text.utf8
        transcript.append(0x0A)
    }

    private mutating func note(_ bytes: UnsafeRawBufferPointer) {
        transcript += bytes
        transcript.append(0x0A)
    }
}
