// A client that says exactly what it is told to, byte by byte if need be, over a blocking socket with deadlines.
import Glibc
import PorticoCore

package struct ClientFailure: Error, CustomStringConvertible {
    package let description: String
}

package final class RawClient {
    /// How a connection ended, seen from the client.
    package enum Ending: Equatable, Sendable {
        /// A clean end of the stream.
        case closed
        case reset
        /// The time was up first.
        case stillOpen
    }

    private var socket: CInt
    private let timeout: Duration
    /// Received, not yet taken.
    private var received: [UInt8] = []
    private var ending: Ending?

    /// `receiveBuffer` shrinks what the kernel takes on behalf of a client that does not read.
    package init(_ port: Int, timeout: Duration = .seconds(30), receiveBuffer: Int? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        self.timeout = timeout
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if let receiveBuffer { Self.set(socket, SO_RCVBUF, CInt(receiveBuffer)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else {
            close()
            throw ClientFailure(description: "cannot connect to port \(port): \(errno)")
        }
        var noDelay: CInt = 1
        setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit { close() }

    // MARK: Sending

    /// Sends all of it. False where the server closed before.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends in pieces of `size` bytes, each in a packet of its own as far as the system allows.
    package func send(_ text: String, inPiecesOf size: Int, pause: Duration = .milliseconds(1)) {
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            guard send(Array(bytes[start..<min(start + size, bytes.count)])) else { return }
            Self.sleep(pause)
        }
    }

    /// Sends as much as goes out while the server does not block, and says how much that was.
    package func flood(_ bytes: [UInt8], times: Int, patience: Duration = .milliseconds(300)) -> Int {
        Self.setTimeout(socket, SO_SNDTIMEO, patience)
        defer { Self.setTimeout(socket, SO_SNDTIMEO, .seconds(0)) }
        var total = 0
        for _ in 0..<times {
            let count = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return total }
            total += count
        }
        return total
    }

    /// Closes the sending half.
    package func finishSending() { shutdown(socket, CInt(SHUT_WR)) }

    /// Closes with RST.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    package func close() {
        if socket >= 0 { Glibc.close(socket) }
        socket = -1
    }

    // MARK: Receiving

    /// Everything up to the end of the stream, or what came within the time limit.
    package func readToEnd(within limit: Duration? = nil) -> (bytes: [UInt8], ending: Ending) {
        let end = MonotonicTime.now() + Interval(limit ?? timeout)
        while receive(until: end) {}
        defer { received = [] }
        return (received, ending ?? .stillOpen)
    }

    /// Returns once `count` bytes lie here to be read.
    package func awaitBytes(_ count: Int) throws {
        let end = MonotonicTime.now() + Interval(timeout)
        while received.count < count {
            guard receive(until: end) else {
                throw ClientFailure(description: "only \(received.count) of \(count) bytes came")
            }
        }
    }

    package func read(_ count: Int) throws -> [UInt8] {
        try awaitBytes(count)
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// The next response. `toHead`: it has no body whatever its fields say.
    package func response(toHead: Bool = false) throws -> RawResponse {
        let end = MonotonicTime.now() + Interval(timeout)
        while true {
            let isEnded = ending != nil
            if let (response, length) = try RawResponse.parse(received, toHead: toHead, isEnded: isEnded) {
                received.removeFirst(length)
                return response
            }
            guard receive(until: end) || (ending != nil && !isEnded) else {
                let start = String(decoding: received.prefix(200), as: UTF8.self)
                throw ClientFailure(
                    description: "no whole response (\(ending ?? .stillOpen)) but \(received.count) bytes: \(start)")
            }
        }
    }

    /// One request, one response.
    package func exchange(_ request: String) throws -> RawResponse {
        send(request)
        return try response(toHead: request.hasPrefix("HEAD "))
    }

    /// Whether nothing more comes but the end of the stream, within the time limit.
    package func isClosed(within limit: Duration = .seconds(30)) -> Bool {
        let (bytes, ending) = readToEnd(within: limit)
        return bytes.isEmpty && ending != .stillOpen
    }

    /// False where the stream has ended or the time is up.
    private func receive(until end: MonotonicTime) -> Bool {
        let left = end - .now()
        guard ending == nil, left > .zero else { return false }
        Self.setTimeout(socket, SO_RCVTIMEO, .nanoseconds(max(left, .milliseconds(1)).nanoseconds))
        let block = [UInt8](unsafeUninitializedCapacity: 64 << 10) { memory, count in
            let got = recv(socket, memory.baseAddress, memory.count, 0)
            if got == 0 { ending = .closed }
            if got < 0, errno != EAGAIN, errno != EINTR { ending = .reset }
            count = max(got, 0)
        }
        received += block
        return !block.isEmpty
    }

    private static func set(_ socket: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(socket, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func setTimeout(_ socket: CInt, _ option: CInt, _ duration: Duration) {
        let microseconds = Int(duration.wholeNanoseconds / 1_000)
        var time = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    package static func sleep(_ duration: Duration) { usleep(useconds_t(duration.wholeNanoseconds / 1_000)) }
}
