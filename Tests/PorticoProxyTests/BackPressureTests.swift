// Neither side runs ahead of the other: what one does not take is not read from the other.
import Glibc
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct BackPressureTests {
    /// Sockets hold some; the proxy itself may hold a few pieces more.
    private static let mostInFlight = 16 << 20
    /// What the kernel may hold on the way from a backend to a client, by its own limits, and a few pieces more: how far it lets buffers
    /// grow follows how fast they are emptied.
    private static let mostOnTheWay = kernelLimit("tcp_rmem") + 2 * kernelLimit("tcp_wmem") + (4 << 20)

    private static func kernelLimit(_ name: String) -> Int {
        guard let file = fopen("/proc/sys/net/ipv4/\(name)", "r") else { return 32 << 20 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 100)
        fgets(&text, 100, file)
        let numbers = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return numbers.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 32 << 20
    }
    private static let large = 40 << 20

    @Test func `a client that does not read stops the backend`() async throws {
        let size = Self.mostOnTheWay * 2
        for framing in ["Content-Length: \(size)", "Connection: close"] {
            let backend = try FakeBackend { _ in
                [.readRequest, .send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n"), .sendMany(size), .close]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port, timeout: .seconds(60), receiveBuffer: 32 << 10)
                client.send(get("/api/", "Connection: close"))
                #expect(backend.settledBytesSent() < Self.mostOnTheWay)
                let (bytes, ending) = client.readToEnd()
                #expect(bytes.count > size && bytes.count < size + size / 8 && ending == .closed)
            }
        }
    }

    /// The whole of a chunked answer arrives although its backend left long before the client took it. The sizes lie
    /// around what the kernel holds for a client that does not read: the rest waits in the proxy when the end comes.
    @Test(arguments: [100, 400, 960, 1000, 1040])
    func `an answer outlives its backend's connection`(_ chunks: Int) async throws {
        let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
        let body = String(repeating: chunk, count: chunks) + "0\r\nX-End: 1\r\n\r\n"
        let backend = try FakeBackend { _ in
            [
                .readRequest,
                .send("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body), .close,
            ]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(20), receiveBuffer: 16 << 10)
            client.send(get("/api/", "TE: trailers", "Connection: TE, close"))
            RawClient.sleep(.milliseconds(700))
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count > chunks * 0x1000 && ending == .closed)
            #expect(String(decoding: bytes.suffix(40), as: UTF8.self).hasSuffix("x\r\n0\r\nX-End: 1\r\n\r\n"))
        }
    }

    @Test func `a backend that does not read stops the client`() async throws {
        let backend = try FakeBackend(receiveBuffer: 32 << 10) { _ in
            [.readHead, .pause(.milliseconds(1500)), .readBytes(Self.large), .answer("whole"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(20))
            client.send(get("/api/", "Content-Length: \(Self.large)", method: "POST"))
            let block = [UInt8](repeating: 0x61, count: 1 << 20)
            let sent = client.flood(block, times: 40)
            #expect(sent < Self.mostInFlight)
            client.send([UInt8](repeating: 0x61, count: Self.large - sent))
            #expect(try client.response().text == "whole")
        }
    }

    @Test func `slow on both sides still comes through whole`() async throws {
        let size = 3_000_000
        let backend = try FakeBackend(receiveBuffer: 16 << 10) { _ in
            [
                .readHead, .readSlowly(size, piece: 50_000, pause: .milliseconds(2)),
                .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size), .awaitEnd,
            ]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(20), receiveBuffer: 16 << 10)
            client.send(get("/api/", "Content-Length: \(size)", method: "POST"))
            client.send([UInt8](repeating: 0x61, count: size))
            #expect(try client.response().body.count == size)
        }
    }

    @Test func `an upgraded stream that its client holds back is not idle`() async throws {
        let size = Self.mostOnTheWay * 2
        let backend = try FakeBackend { _ in
            [.readHead, .send(Self.switching), .pause(.milliseconds(100)), .sendMany(size), .readBytes(1), .close]
        }
        try await withProxy(backend, edit: { $0.idleTimeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port, timeout: .seconds(60), receiveBuffer: 16 << 10)
            #expect(try client.exchange(get("/api/", "Connection: Upgrade", "Upgrade: other")).status == 101)
            RawClient.sleep(.milliseconds(1500))
            // What a client says that takes nothing holds up nothing either.
            client.send("x")
            RawClient.sleep(.milliseconds(1500))
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count == size && ending == .closed, "\(bytes.count) of \(size), \(ending)")
        }
    }

    private static let switching = WebSocketCloseTests.switching.replacing("websocket", with: "other")

    @Test func `an upgraded stream that is slow on both sides comes through whole`() async throws {
        let size = 6_000_000
        let backend = try FakeBackend(receiveBuffer: 16 << 10) { _ in
            [
                .readHead, .send(Self.switching),
                .readSlowly(size, piece: 100_000, pause: .milliseconds(2)), .sendMany(size), .close,
            ]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(60), receiveBuffer: 16 << 10)
            #expect(try client.exchange(get("/api/", "Connection: Upgrade", "Upgrade: other")).status == 101)
            client.send([UInt8](repeating: 0x61, count: size))
            RawClient.sleep(.milliseconds(300))
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count == size && ending == .closed)
            client.close()
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"bytes_in\":\(size)") && line.contains("\"bytes_out\":\(size)"), "\(line)")
        }
    }
}

extension FakeBackend {
    /// How much it could send before it stood still for a while.
    fileprivate func settledBytesSent() -> Int {
        var last = -1
        for _ in 0..<40 {
            RawClient.sleep(.milliseconds(150))
            let now = bytesSent
            if now == last, now > 0 { return now }
            last = now
        }
        return last
    }
}
