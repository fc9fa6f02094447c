// A backend that does what a script says, byte by byte, over blocking sockets with a thread per connection, and records
// what it received. It knows no more of HTTP than where a request ends.
import Glibc
import PorticoCore
import Synchronization

// SAFETY: what threads share is behind `state`; the descriptor is closed once, by `stop`.
package final class FakeBackend: @unchecked Sendable {
    /// One thing that a connection does.
    package enum Step: Sendable {
        /// Reads a whole request: its head and its body.
        case readRequest
        case readHead
        /// Reads so many bytes of a body, whatever its framing.
        case readBytes(Int)
        /// Reads and drops, a piece at a time with a pause in between, up to so many bytes.
        case readSlowly(Int, piece: Int, pause: Duration)
        case send(String)
        /// Sends what is the right thing by then.
        case choose(@Sendable () -> String)
        /// Sends so many bytes of `x`.
        case sendMany(Int)
        /// Sends a 200 with this body and its length.
        case answer(String)
        case pause(Duration)
        /// Waits until the other side closes or resets, and notes how.
        case awaitEnd
        case closeOutput
        case close
        case reset
    }

    /// A request as it arrived, or as much of it as did.
    package struct Request: Sendable {
        package var head = ""
        package var body: [UInt8] = []
        /// Which connection it came on, counted from 0.
        package var connection = 0

        package var text: String { String(decoding: body, as: UTF8.self) }
        package var line: String { head.split(separator: "\r\n").first.map(String.init) ?? "" }
        /// The request target.
        package var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

        package subscript(_ name: String) -> String? { all(name).first }

        package func all(_ name: String) -> [String] {
            head.split(separator: "\r\n").dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                    return nil
                }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
    }

    /// How the other side ended a connection.
    package enum Ending: Sendable, Equatable { case closed, reset }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var endings: [Int: Ending] = [:]
        var bytesRead = 0
        var loose: [UInt8] = []
        var bytesSent = 0
        var sockets: Set<CInt> = []
        var isStopped = false
    }

    package let port: Int
    private let listener: CInt
    private let state = Mutex(State())
    /// The script of a connection, by its number.
    private let script: @Sendable (Int) -> [Step]

    /// Each connection plays the script of its number, counted from 0. A deaf backend accepts none.
    package init(
        backlog: CInt = 128, receiveBuffer: Int? = nil, isDeaf: Bool = false, unixPath: String? = nil,
        _ script: @escaping @Sendable (Int) -> [Step]
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        self.script = script
        if let unixPath {
            listener = try Self.listening(at: unixPath, backlog)
            port = 0
            if !isDeaf { startThread { [self] in acceptAll() } }
            return
        }
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        Self.set(listener, SO_REUSEADDR, 1)
        if let receiveBuffer { Self.set(listener, SO_RCVBUF, CInt(receiveBuffer)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, backlog) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw ClientFailure(description: "cannot listen: \(errno)") }
        port = Int(in_port_t(bigEndian: address.sin_port))
        if !isDeaf { startThread { [self] in acceptAll() } }
    }

    private static func listening(at path: String, _ backlog: CInt) throws -> CInt {
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                    && listen(listener, backlog) == 0
            }
        }
        guard isBound else { throw ClientFailure(description: "cannot listen at \(path): \(errno)") }
        return listener
    }

    /// Each connection answers every request alike, for as long as the other side likes.
    package static func answering(
        _ response: String = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", times: Int = 10_000
    ) throws -> FakeBackend {
        try FakeBackend { _ in (0..<times).flatMap { _ in [Step.readRequest, .send(response)] } + [.close] }
    }

    package func stop() {
        let sockets = state.withLock { state in
            defer { state.sockets = [] }
            guard !state.isStopped else { return Set<CInt>() }
            state.isStopped = true
            return state.sockets.union([listener])
        }
        // Their threads wake up and close them.
        for socket in sockets { shutdown(socket, CInt(SHUT_RDWR)) }
    }

    // MARK: What was seen

    package var requests: [Request] { state.withLock { $0.requests } }
    package var connectionCount: Int { state.withLock { $0.connections } }
    package var bytesRead: Int { state.withLock { $0.bytesRead } }
    /// What `readBytes` read, of all connections.
    package var looseBytes: [UInt8] { state.withLock { $0.loose } }
    package var bytesSent: Int { state.withLock { $0.bytesSent } }

    /// The requests, once there are `count` of them or thirty seconds have passed.
    package func requests(_ count: Int) -> [Request] {
        wait { $0.requests.count >= count }
        return requests
    }

    /// How the other side ended a connection that awaited it; nil where it did not within the time.
    package func ending(of connection: Int, within limit: Duration = .seconds(30)) -> Ending? {
        wait(limit) { $0.endings[connection] != nil }
        return state.withLock { $0.endings[connection] }
    }

    /// Returns once every connection is closed on this side, or after thirty seconds.
    package func awaitAllClosed() { wait { $0.sockets.isEmpty } }

    private func wait(_ limit: Duration = .seconds(30), _ condition: (State) -> Bool) {
        let end = MonotonicTime.now() + Interval(limit)
        while !state.withLock({ condition($0) }), .now() < end { usleep(2_000) }
    }

    // MARK: Connections

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                close(listener)
                return
            }
            Self.set(socket, TCP_NODELAY, 1, level: CInt(IPPROTO_TCP))
            let number: Int? = state.withLock { state in
                guard !state.isStopped else { return nil }
                state.sockets.insert(socket)
                state.connections += 1
                return state.connections - 1
            }
            guard let number else {
                close(socket)
                continue
            }
            startThread { [self] in
                play(number, on: socket)
                // Under the lock: once it counts as closed, the other side can see it.
                state.withLock {
                    $0.sockets.remove(socket)
                    close(socket)
                }
            }
        }
    }

    private func play(_ number: Int, on socket: CInt) {
        var reader = Reader(socket: socket)
        for step in script(number) {
            switch step {
            case .readRequest, .readHead:
                guard var request = reader.readHead() else { return noteEnd(number, reader) }
                request.connection = number
                if case .readRequest = step { request.body = reader.readBody(request) }
                let (whole, read) = (request, reader.total)
                state.withLock {
                    $0.requests.append(whole)
                    $0.bytesRead = read
                }
                if reader.ending != nil { noteEnd(number, reader) }
            case .readBytes(let count):
                let bytes = reader.take(count)
                state.withLock { $0.loose += bytes }
            case .readSlowly(let count, let piece, let pause):
                var left = count
                while left > 0 {
                    let got = reader.take(min(piece, left)).count
                    guard got > 0 else { break }
                    left -= got
                    state.withLock { $0.bytesRead += got }
                    RawClient.sleep(pause)
                }
            case .send(let text): send(Array(text.utf8), on: socket)
            case .choose(let text): send(Array(text().utf8), on: socket)
            case .sendMany(let count):
                let block = [UInt8](repeating: 0x78, count: min(count, 64 << 10))
                var left = count
                while left > 0, send(Array(block.prefix(left)), on: socket) { left -= min(left, block.count) }
            case .answer(let body):
                send(Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8), on: socket)
            case .pause(let duration): RawClient.sleep(duration)
            case .awaitEnd:
                while !reader.take(1).isEmpty {}
                noteEnd(number, reader)
            case .closeOutput: shutdown(socket, CInt(SHUT_WR))
            case .close: return
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private func noteEnd(_ number: Int, _ reader: Reader) {
        state.withLock { $0.endings[number] = reader.ending }
    }

    @discardableResult
    private func send(_ bytes: [UInt8], on socket: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            sent += count
            state.withLock { $0.bytesSent += count }
        }
        return true
    }

    private static func set(_ socket: CInt, _ option: CInt, _ value: CInt, level: CInt = SOL_SOCKET) {
        var value = value
        setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private func startThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}

private final class ThreadBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Reads from a blocking socket; keeps what came too early.
private struct Reader {
    let socket: CInt
    var early: [UInt8] = []
    var ending: FakeBackend.Ending?
    var total = 0

    /// False at the end.
    mutating func more() -> Bool {
        guard ending == nil else { return false }
        var block = [UInt8](repeating: 0, count: 64 << 10)
        let got = recv(socket, &block, block.count, 0)
        guard got > 0 else {
            ending = got == 0 ? .closed : .reset
            return false
        }
        total += got
        early += block[..<got]
        return true
    }

    /// Up to `count` bytes; fewer only at the end.
    mutating func take(_ count: Int) -> [UInt8] {
        while early.count < count, more() {}
        let taken = Array(early.prefix(count))
        early.removeFirst(taken.count)
        return taken
    }

    mutating func takeLine() -> String {
        while true {
            if let end = early.firstIndex(of: "\r\n", from: 0) {
                let line = String(decoding: early[..<end], as: UTF8.self)
                early.removeFirst(end + 2)
                return line
            }
            guard more() else { return "" }
        }
    }

    mutating func readHead() -> FakeBackend.Request? {
        while true {
            if let end = early.firstIndex(of: "\r\n\r\n", from: 0) {
                let head = String(decoding: early[..<(end + 4)], as: UTF8.self)
                early.removeFirst(end + 4)
                return FakeBackend.Request(head: head)
            }
            guard more() else { return nil }
        }
    }

    /// The body as its fields say; trailers are kept behind it as they came.
    mutating func readBody(_ request: FakeBackend.Request) -> [UInt8] {
        guard request["Transfer-Encoding"] == "chunked" else {
            return take(request["Content-Length"].flatMap { Int($0) } ?? 0)
        }
        var body: [UInt8] = []
        while ending == nil {
            guard let size = Int(takeLine(), radix: 16) else { break }
            guard size > 0 else { break }
            body += take(size)
            _ = takeLine()
        }
        while true {
            let line = takeLine()
            guard !line.isEmpty else { return body }
            body += Array("\(line)\r\n".utf8)
        }
    }
}
