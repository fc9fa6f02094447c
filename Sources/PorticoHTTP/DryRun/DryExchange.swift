// An exchange without a connection: the request is read from memory by the same parser, the answer is noted instead of sent.
package import NIOCore
import PorticoCore

package final class DryExchange: Exchange {
    /// 0 where nothing was answered: a backend would have.
    package private(set) var status = 0
    /// `name: value` lines.
    package private(set) var fieldLines: [String] = []
    /// Nil where it is not known before the end.
    package private(set) var bodyLength: Int?
    private let done: (DryExchange) -> Void

    package init(loop: ServerLoop, isSecure: Bool, done: @escaping (DryExchange) -> Void) {
        self.done = done
        let peer = PeerAddress(try? SocketAddress(ipAddress: "127.0.0.1", port: 0))
        super.init(loop: loop, peer: peer, isSecure: isSecure, trace: Trace())
    }

    /// Reads the head and lets the loop's handler answer. `done` may be called later, on the loop.
    package func run(_ request: ByteBuffer) {
        do throws(HeadFault) {
            let outcome = try RequestHeadParser.parse(
                request.readableBytesUInt8Span, into: head, limits: loop.limits.head)
            guard case .complete = outcome else { throw .bad("the request is incomplete") }
            begin()
            loop.handler.answer(self)
        } catch {
            begin()
            trace?.note("parse", "refused: \(error.reason)")
            respond(error)
        }
    }

    /// Ends the run where only a backend could answer.
    package func leaveUnanswered() { done(self) }

    // MARK: The answer

    package override var isWritable: Bool { true }

    package override func respond(_ prepared: PreparedResponse) {
        note(prepared.status, prepared.fieldLines, length: prepared.bodyLength)
        done(self)
    }

    package override func start(_ head: ResponseHead) {
        var length: Int?
        if case .known(let known) = head.length { length = known }
        note(head.status, head.fields, length: length)
    }

    private func note(_ status: Int, _ fields: ByteBuffer, length: Int?) {
        self.status = status
        record.status = status
        bodyLength = length
        fieldLines = String(buffer: fields).split(separator: "\r\n").map(String.init)
        if let length, !fieldLines.contains(where: { $0.lowercased().hasPrefix("content-length:") }), status != 304 {
            fieldLines.append("Content-Length: \(length)")
        }
    }

    package override func sendInterim(status: Int, fields: ByteBuffer) {}
    package override func send(_ bytes: ByteBuffer) {}
    package override func flush() {}
    package override func finish(trailers: ByteBuffer?) { done(self) }
    package override func finish(sending file: OpenFile, from offset: Int, count: Int) { done(self) }
    package override func abort() { done(self) }

    // MARK: The request body: there is none

    package override func receiveBody(_ driver: any ExchangeDriver) {}
    package override func pauseBody() {}
    package override func resumeBody() {}
}

extension PreparedResponse {
    /// `name: value CRLF` lines, `Content-Length` among them.
    fileprivate var fieldLines: ByteBuffer { block.getSlice(at: block.readerIndex, length: headLength - 2)! }
}
