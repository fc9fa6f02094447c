// One request and its answer, whatever protocol carries them. HTTP/1 and HTTP/2 each have a subclass that moves the
// bytes; everything above works with this type and never learns which it is. Confined to its event loop.
package import NIOCore
package import PorticoCore

/// Who produces an answer that is not complete at once: told of the request's body and of the client.
package protocol ExchangeDriver: AnyObject {
    /// A piece of the request body, or of the raw stream once the exchange is upgraded.
    func bodyReceived(_ bytes: ByteBuffer)
    /// The request body is complete; on a raw stream, the client closed its half.
    func bodyEnded(trailers: ByteBuffer?)
    /// The client left, sent a broken body or stalled. The exchange is over: no call may follow.
    func clientFailed(_ error: PorticoError)
    /// The client takes bytes again after `isWritable` was false.
    func clientWritable()
    /// The server stops: a stream without an end of its own should come to one.
    func serverStops()
}

extension ExchangeDriver {
    package func serverStops() {}
}

/// Answers requests; one per event loop.
package protocol ExchangeHandler: AnyObject {
    /// A request head has arrived. The answer may come now or, through an `ExchangeDriver`, later.
    func answer(_ exchange: Exchange)
    /// The exchange is over, well or not. Called once for each, refused requests included.
    func record(_ exchange: Exchange)
    /// About four times a second while there are connections, and on while it says true: that it still has something
    /// to watch.
    func tick(_ now: MonotonicTime) -> Bool
    /// The configuration's own page for an error, for a client that takes HTML; nil leaves it to the built-in one.
    func errorPage(_ status: Int, for exchange: Exchange) -> ErrorPage?
}

extension ExchangeHandler {
    package func errorPage(_ status: Int, for exchange: Exchange) -> ErrorPage? { nil }
}

/// Has the last word on the fields of an answer that Portico makes itself: the header rules of a route.
package protocol AnswerShaping: AnyObject {
    func shapeOwnAnswer(_ fields: inout ByteBuffer)
}

/// An abstract class rather than a protocol: calls from other rooms go through one table, and what both protocols share is
/// stored here. Only its two subclasses are ever made; a member they do not override traps.
package class Exchange {
    package final let loop: ServerLoop
    package final let head = RequestHead()
    package final var record = ExchangeRecord()
    package final let peer: PeerAddress
    package final let isSecure: Bool
    /// The client's address as text: the peer's, or what a trusted proxy says.
    package final var clientAddress: Label
    /// 0 is unlimited. May be changed by `answer`, before the body is asked for.
    package final var maxBodySize = 0
    package final var driver: (any ExchangeDriver)?
    /// Set once a route that has such rules is known.
    package final var shaper: (any AnswerShaping)?
    /// Nil for a request that is not sampled.
    package final var trail: SpanTrail?
    /// What the system or a backend said of the failure that the record's reason names; for operators only.
    package final var cause: Label?
    /// Where steps give their reasons, in a dry run; nil for every request that is served.
    package final let trace: Trace?

    package init(loop: ServerLoop, peer: PeerAddress, isSecure: Bool, trace: Trace? = nil) {
        self.trace = trace
        self.loop = loop
        self.peer = peer
        self.isSecure = isSecure
        clientAddress = peer.label
    }

    /// Starts the record of the request whose head was just read.
    func begin() {
        record = ExchangeRecord()
        record.started = .now()
        record.id = loop.requestIDs.make()
        clientAddress = peer.label
        maxBodySize = loop.limits.maxBodySize
        if shaper != nil { shaper = nil }
        if trail != nil { trail = nil }
        if cause != nil { cause = nil }
    }

    // MARK: The answer

    /// Whether more may be sent without piling up.
    package var isWritable: Bool { fatalError("subclass") }

    /// The whole answer from precomputed bytes.
    package func respond(_ prepared: PreparedResponse) { fatalError("subclass") }

    /// The head of an answer; `send` and `finish` follow. Status 101 turns the exchange into a raw stream.
    package func start(_ head: ResponseHead) { fatalError("subclass") }

    /// A 1xx answer before the real one; dropped where the client cannot take it.
    package func sendInterim(status: Int, fields: ByteBuffer) { fatalError("subclass") }

    /// A piece of the body. Ignored where the answer has no body (HEAD, 204, 304). On a raw stream it goes out at once.
    package func send(_ bytes: ByteBuffer) { fatalError("subclass") }

    /// A part of an open file as the next bytes of a body of known length; without copying where the transport can.
    /// `done` is called when more may be sent: nothing else may be sent before. Not for answers without a body.
    package func send(_ file: OpenFile, from offset: Int, count: Int, done: @escaping () -> Void) {
        fatalError("subclass")
    }

    /// Moves body bytes that wait in another plain socket straight to the client, where the transport can and the body is
    /// longer than `count`. Returns how many left that socket; nil: they have to be read and sent. The driver hears
    /// `clientWritable` where `isWritable` is false then.
    package func relay(from socket: CInt, upTo count: Int) -> Int? { nil }

    package func flush() { fatalError("subclass") }

    /// What its bytes go through, where it has that for itself.
    package var outlet: SocketOutput? { nil }

    /// The body is complete. On a raw stream: closes our half.
    package func finish(trailers: ByteBuffer?) { fatalError("subclass") }

    /// Sends a part of an open file as the whole body and finishes; without copying where the transport can.
    package func finish(sending file: OpenFile, from offset: Int, count: Int) { fatalError("subclass") }

    /// The answer cannot be completed: cut it so that the client sees that it was cut.
    package func abort() { fatalError("subclass") }

    // MARK: The request body

    /// Lets the body flow to `driver`, and after an upgrade the raw bytes. Without a call a body is held back, within
    /// bounds. For a request without a body, `driver` is just told of the client. A body that says itself that it is too
    /// long is refused with 413 here: `driver` hears of it before this call returns.
    package func receiveBody(_ driver: any ExchangeDriver) { fatalError("subclass") }

    package func pauseBody() { fatalError("subclass") }

    package func resumeBody() { fatalError("subclass") }
}

extension Exchange {
    /// Notes why it does not end as it should.
    package final func note(_ error: PorticoError) {
        record.reason = error.kind.reason
        cause = error.cause.map { Label($0) }
    }

    /// A whole small answer.
    package final func respond(status: Int, fields: ByteBuffer, body: ByteBuffer) {
        start(ResponseHead(status: status, fields: fields, length: .known(body.readableBytes)))
        if body.readableBytes > 0 { send(body) }
        finish(trailers: nil)
    }

    /// Whether the body's stated length is over the limit.
    final var isBodyTooLong: Bool {
        guard maxBodySize > 0, case .length(let length) = head.framing else { return false }
        return length > maxBodySize
    }

    /// Whether the answer to this request has no body, whatever is sent.
    final func isBodiless(status: Int) -> Bool {
        head.method == .head || status < 200 || status == 204 || status == 304
    }
}

/// The head of an answer without what the transport decides: framing, date, persistence.
package struct ResponseHead {
    package enum Length: Equatable {
        case known(Int)
        /// Not known before the end.
        case streamed
        /// No body and no `Content-Length`: 204, 304, and HEAD answers of backends that say none.
        case unstated
    }

    package var status: Int
    /// `name: value CRLF` lines.
    package var fields: ByteBuffer
    package var length: Length
    /// The fields hold a `Date` already (RFC 9110 §6.6.1: a gateway forwards it).
    package var hasDate: Bool

    package init(status: Int, fields: ByteBuffer, length: Length, hasDate: Bool = false) {
        self.status = status
        self.fields = fields
        self.length = length
        self.hasDate = hasDate
    }
}

/// The other end of a connection.
package struct PeerAddress: Sendable {
    package let address: IPAddress?
    /// The address alone; `unix` for a Unix socket.
    package let label: Label

    package init(_ socket: SocketAddress?) {
        if let ip = socket?.ipAddress {
            address = IPAddress(ip)
            label = Label(ip)
        } else {
            address = nil
            label = Label(socket == nil ? "" : "unix")
        }
    }
}
