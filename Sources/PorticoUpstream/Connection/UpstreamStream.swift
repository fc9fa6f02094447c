// One request under way to a backend and its answer, whatever protocol carries them. A round trip works with this type and
// never learns which it is. Confined to its event loop.
package import NIOCore
package import PorticoCore
package import PorticoHTTP

/// Who waits for a response. After `responseEnded` or `upstreamFailed` no further call comes.
package protocol ResponseReceiver: AnyObject {
    /// A 1xx other than 101.
    func interimReceived(_ head: ResponseHeadView)
    func responseStarted(_ head: ResponseHeadView)
    func responseBody(_ bytes: ByteBuffer)
    /// Body bytes wait in a plain socket: moves up to `count`, which is not all that is left, to where they are wanted, behind what
    /// was collected. Returns how many left the socket; nil: they have to be read.
    func relayBody(from socket: CInt, upTo count: Int) -> Int?
    func responseEnded(trailers: ByteBuffer?)
    /// The bytes at hand are used up: what was collected should be flushed.
    func responsePaused()
    func upstreamFailed(_ error: PorticoError)
    /// The backend takes bytes again after `isWritable` was false.
    func upstreamWritable()
}

extension ResponseReceiver {
    package func relayBody(from socket: CInt, upTo count: Int) -> Int? { nil }
}

/// An abstract class rather than a protocol: one call through a table, from another room. Only its subclasses are ever made;
/// a member they do not override traps.
package class UpstreamStream {
    init() {}

    // MARK: The request

    /// Sends a request head, written as HTTP/1.1 whatever the backend speaks. The body follows by `send` and `endRequest`.
    /// `timeout` runs until the response head.
    package func begin(
        _ requestHead: ByteBuffer, method: HTTPMethod, framing: BodyFraming, timeout: Interval, idleTimeout: Interval,
        for receiver: any ResponseReceiver
    ) { fatalError("subclass") }

    /// A piece of the request's body, without its framing; after `becomeRaw`, of the stream, and it goes out at once.
    package func send(_ bytes: ByteBuffer) { fatalError("subclass") }

    /// The request is complete; `trailers` are field lines.
    package func endRequest(trailers: ByteBuffer?) { fatalError("subclass") }

    package func flush() { fatalError("subclass") }

    /// Whether more may be sent without piling up.
    package var isWritable: Bool { fatalError("subclass") }

    /// What its bytes go through, where it has that for itself.
    package var outlet: SocketOutput? { nil }

    /// The wait for the response head starts anew: the request's body has moved.
    package func extendDeadline(_ timeout: Interval) { fatalError("subclass") }

    // MARK: The answer

    /// Nothing more is read until `resume`.
    package func pause() { fatalError("subclass") }

    package func resume() { fatalError("subclass") }

    /// After 101: what comes is no longer HTTP, and goes to `receiver` as it comes, without `responsePaused`, unless
    /// the receiver opened a shortcut between the sockets.
    package func becomeRaw(idleTimeout: Interval, for receiver: any ResponseReceiver) { fatalError("subclass") }

    /// Half-closes a raw stream.
    package func closeOutput() { fatalError("subclass") }

    // MARK: The end

    /// The exchange is over before its end; what carries it is not used again, or told so.
    package func cancel() { fatalError("subclass") }

    /// The exchange is over, request and response complete: what carries it may serve another.
    package func release() { fatalError("subclass") }
}
