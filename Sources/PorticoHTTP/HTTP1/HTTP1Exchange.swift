// Writes answers in HTTP/1.1's form (RFC 9112 §6-7) into the connection's output, small pieces together, large ones
// without copying.
import NIOCore
import PorticoCore

final class HTTP1Exchange: Exchange {
    private enum Answer {
        /// No request is being answered.
        case idle
        case awaited
        case length(Int)
        case chunked
        case untilClose
        /// The head is written and there is no body.
        case bodiless
        /// After 101.
        case raw
    }

    /// Nil once the connection is gone: whoever still holds the exchange then writes into nothing.
    var connection: HTTP1Connection?
    private var answer = Answer.idle
    private var output = ByteBuffer()

    /// Bodies up to this size are copied behind the head; larger ones are written from where they lie.
    private static let copyLimit = 16 << 10

    override func begin() {
        super.begin()
        answer = .awaited
    }

    // MARK: Output

    override var isWritable: Bool { connection?.output?.isWritable ?? false }

    override var outlet: SocketOutput? { connection?.output }

    /// More is collected than one write should take.
    var isBacklogged: Bool { output.readableBytes >= ServerLimits.readAhead }

    private func openOutput() {
        if output.storageCapacity == 0 { output = loop.takeOutput() }
    }

    override func flush() {
        if output.storageCapacity == 0 { return connection?.output?.flush() ?? () }
        // Flushing may make the connection writable, and more of the answer is sent before the call returns.
        var used = ByteBuffer()
        swap(&used, &output)
        if used.readableBytes > 0 {
            connection?.output?.writeAndFlush(used)
        } else {
            connection?.output?.flush()
        }
        loop.giveBack(used)
    }

    /// Hands over what is collected; it goes out with what follows.
    private func writeOutput() {
        if output.readableBytes > 0 { connection?.output?.write(output) }
        output = ByteBuffer()
    }

    private func write(large bytes: ByteBuffer) {
        writeOutput()
        connection?.output?.write(bytes)
    }

    // MARK: Heads

    override func respond(_ prepared: PreparedResponse) {
        guard case .awaited = answer else { return }
        record.status = prepared.status
        decidePersistence()
        openOutput()
        let withBody = !isBodiless(status: prepared.status)
        let isLarge = withBody && prepared.bodyLength > Self.copyLimit
        let count = prepared.headLength + (withBody && !isLarge ? prepared.bodyLength : 0)
        output.compose { output in
            StatusLine.write(prepared.status, to: &output)
            output.write(loop.dateLine.bytes)
            writeConnection(to: &output)
            output.write(UnsafeRawBufferPointer(rebasing: prepared.bytes[..<count]))
        }
        if isLarge { write(large: prepared.body) }
        if withBody { record.bytesOut += prepared.bodyLength }
        ended()
    }

    override func start(_ response: ResponseHead) {
        guard case .awaited = answer else { return }
        record.status = response.status
        openOutput()
        if response.status == 101 { return startRaw(response) }
        let isBodiless = isBodiless(status: response.status)
        if response.length == .streamed, !isBodiless, head.version == .http10 { head.keepAlive = false }
        decidePersistence()
        answer = framing(of: response, isBodiless: isBodiless)
        output.compose { output in
            StatusLine.write(response.status, to: &output)
            if !response.hasDate { output.write(loop.dateLine.bytes) }
            output.write(response.fields)
            if case .chunked = answer { output.write("Transfer-Encoding: chunked\r\n") }
            if case .known(let length) = response.length, response.status != 204, response.status != 304 {
                output.write("Content-Length: ")
                output.writeDecimal(length)
                output.write("\r\n")
            }
            writeConnection(to: &output)
            output.write("\r\n")
        }
    }

    /// How the client knows where the body ends (RFC 9112 §6.3).
    private func framing(of response: ResponseHead, isBodiless: Bool) -> Answer {
        guard !isBodiless else { return .bodiless }
        return switch response.length {
        case .known(let length): .length(length)
        case .unstated: .bodiless
        case .streamed: head.version == .http10 ? .untilClose : .chunked
        }
    }

    private func startRaw(_ response: ResponseHead) {
        output.compose { output in
            output.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n")
            output.write(response.fields)
            output.write("\r\n")
        }
        answer = .raw
        connection?.reading = .raw
    }

    override func sendInterim(status: Int, fields: ByteBuffer) {
        guard head.version == .http11, case .awaited = answer else { return }
        if status == 100 { head.expectsContinue = false }
        openOutput()
        output.compose { output in
            StatusLine.write(status, to: &output)
            output.write(fields)
            output.write("\r\n")
        }
        flush()
    }

    /// An answer ends the connection when the server drains or a long body was left unread.
    private func decidePersistence() {
        guard head.keepAlive else { return }
        if loop.isDraining || connection?.mayPersist != true { head.keepAlive = false }
    }

    private func writeConnection(to output: inout HeadWriter) {
        if !head.keepAlive {
            output.write("Connection: close\r\n")
        } else if head.version == .http10 {
            output.write("Connection: keep-alive\r\n")
        }
    }

    // MARK: Bodies

    override func send(_ bytes: ByteBuffer) {
        switch answer {
        case .length(let left):
            guard bytes.readableBytes <= left else { return abort() }
            answer = .length(left - bytes.readableBytes)
            append(bytes)
        case .untilClose: append(bytes)
        case .raw: passOn(bytes)
        case .chunked:
            guard bytes.readableBytes > 0 else { return }
            openOutput()
            output.compose { output in
                output.writeHex(bytes.readableBytes)
                output.write("\r\n")
            }
            append(bytes)
            openOutput()
            output.writeStaticString("\r\n")
        case .idle, .awaited, .bodiless: break
        }
    }

    /// Each piece for itself: what follows it comes with a later event.
    private func passOn(_ raw: ByteBuffer) {
        if output.storageCapacity > 0 { flush() }
        record.bytesOut += raw.readableBytes
        connection?.output?.writeAndFlush(raw)
    }

    private func append(_ bytes: ByteBuffer) {
        record.bytesOut += bytes.readableBytes
        if bytes.readableBytes > Self.copyLimit { return write(large: bytes) }
        openOutput()
        output.writeImmutableBuffer(bytes)
    }

    override func send(_ file: OpenFile, from offset: Int, count: Int, done: @escaping () -> Void) {
        guard case .length(let left) = answer, count <= left else { return abort() }
        if isSecure {
            let pump = FilePump(file, from: offset, count: count, to: self, done: done)
            // The request's body is none of the pump's business.
            driver = pump
            return pump.advance()
        }
        answer = .length(left - count)
        writeOutput()
        connection?.write(file, from: offset, count: count) { isComplete in
            guard isComplete else { return self.fileUnsent(file, end: offset + count) }
            self.record.bytesOut += count
            done()
        }
    }

    override func relay(from socket: CInt, upTo count: Int) -> Int? {
        guard case .length(let all) = answer, count < all else { return nil }
        var used = ByteBuffer()
        swap(&used, &output)
        let moved = connection?.output?.splice(behind: used, from: socket, upTo: count, through: loop.pipes) {
            [weak self] in self?.driver?.clientWritable()
        }
        if used.storageCapacity > 0 { loop.giveBack(used) }
        // The move may end the exchange or bring more of its answer.
        guard let moved, case .length(let left) = answer else { return nil }
        answer = .length(left - moved)
        record.bytesOut += moved
        return moved
    }

    /// A file is not sent to its promised end where it shrank or the connection failed; whoever closed that on purpose said
    /// why before.
    private func fileUnsent(_ file: OpenFile, end: Int) {
        if record.reason == .ok {
            record.reason = file.size < end ? .fileChanged : .clientGone
        }
        abort()
    }

    override func finish(sending file: OpenFile, from offset: Int, count: Int) {
        guard case .length(let left) = answer, count == left else { return finish(trailers: nil) }
        send(file, from: offset, count: count) { self.finish(trailers: nil) }
    }

    override func finish(trailers: ByteBuffer?) {
        switch answer {
        case .length(let left) where left > 0: return abort()
        case .chunked:
            openOutput()
            output.writeStaticString("0\r\n")
            if let trailers { output.writeImmutableBuffer(trailers) }
            output.writeStaticString("\r\n")
        case .raw:
            flush()
            connection?.closeRawOutput()
            return
        case .idle, .awaited: return
        case .length, .untilClose, .bodiless: break
        }
        ended()
    }

    override func abort() {
        guard takeEnd() else { return }
        connection?.cut()
    }

    // MARK: Ends

    private func ended() {
        let keepAlive = head.keepAlive
        guard takeEnd() else { return }
        connection?.answerFinished(keepAlive: keepAlive)
    }

    /// Records the exchange, once. False when it was over already.
    private func takeEnd() -> Bool {
        if case .idle = answer { return false }
        answer = .idle
        driver = nil
        loop.handler.record(self)
        return true
    }

    /// The client broke its side: answers where nothing was sent yet, else cuts.
    func fail(_ error: PorticoError, status: Int, message: String) {
        let failed = driver
        driver = nil
        note(error)
        head.keepAlive = false
        failed?.clientFailed(error)
        if case .awaited = answer {
            respond(error: status, message: message)
        } else {
            abort()
        }
    }

    /// The connection is gone.
    func lost(_ error: PorticoError) {
        let failed = driver
        driver = nil
        if case .awaited = answer, record.status == 0 { record.status = 499 }
        if case .raw = answer {} else { note(error) }
        failed?.clientFailed(error)
        _ = takeEnd()
    }

    // MARK: The request body

    override func receiveBody(_ driver: any ExchangeDriver) {
        self.driver = driver
        if case .awaited = answer, isBodyTooLong {
            let error = PorticoError(.bodyTooLarge, side: .client)
            return fail(error, status: 413, message: HeadFault.bodyTooLarge.reason)
        }
        connection?.letBodyFlow()
    }

    override func pauseBody() { connection?.holdBody() }

    override func resumeBody() { connection?.letBodyFlow() }
}
