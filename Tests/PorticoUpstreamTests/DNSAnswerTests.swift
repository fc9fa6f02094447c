// Answers of name servers, byte by byte, and one over a real socket.
import Glibc
import NIOCore
import PorticoCore
import PorticoTesting
import Synchronization
import Testing

@testable import PorticoUpstream

@Suite struct DNSAnswerTests {
    /// An answer to `b.example`, as a name server writes it.
    private static func message(
        flags: UInt16 = 0x8180, answers: Int? = nil, id: [UInt8] = [7, 7], type: UInt8 = 1, _ records: [[UInt8]]
    ) -> [UInt8] {
        let question: [UInt8] = [1, 0x62] + [7] + Array("example".utf8) + [0, 0, type, 0, 1]
        return id + [UInt8(flags >> 8), UInt8(flags & 0xFF), 0, 1, 0, UInt8(answers ?? records.count), 0, 0, 0, 0]
            + question + records.flatMap { $0 }
    }

    private static func record(_ type: UInt8, time: UInt32, _ data: [UInt8], name: [UInt8] = [0xC0, 12]) -> [UInt8] {
        name + [0, type, 0, 1] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> $0) } + [0, UInt8(data.count)]
            + data
    }

    @Test func `the shortest time on the way to the addresses counts`() throws {
        let records = [
            Self.record(5, time: 40, [0xC0, 12]), Self.record(1, time: 300, [10, 0, 0, 1]),
            Self.record(1, time: 300, [10, 0, 0, 2], name: [1, 0x63, 0xC0, 14]),
            Self.record(28, time: 90, [UInt8](repeating: 9, count: 16)),
        ]
        let answer = try #require(DNSAnswer(Self.message(records)))
        #expect(answer.addresses == [[10, 0, 0, 1], [10, 0, 0, 2], [UInt8](repeating: 9, count: 16)])
        #expect(answer.timeToLive == 40)
    }

    @Test func `a time with the highest bit set is none`() throws {
        let answer = try #require(DNSAnswer(Self.message([Self.record(1, time: 0x8000_0001, [10, 0, 0, 1])])))
        #expect(answer.timeToLive == 0)
    }

    @Test func `what names no address, or failed, or is a question, is no answer`() {
        let record = Self.record(1, time: 9, [10, 0, 0, 1])
        #expect(DNSAnswer(Self.message([])) == nil)
        #expect(DNSAnswer(Self.message([Self.record(5, time: 9, [0xC0, 12])])) == nil)
        #expect(DNSAnswer(Self.message([Self.record(1, time: 9, [10, 0, 0])])) == nil)
        #expect(DNSAnswer(Self.message(flags: 0x8183, [record])) == nil, "NXDOMAIN")
        #expect(DNSAnswer(Self.message(flags: 0x0100, [record])) == nil, "a question")
        #expect(DNSAnswer(Self.message(answers: 2, [record])) == nil, "a record is missing")
    }

    @Test func `a message that is cut anywhere is no answer, and none overreaches`() {
        let whole = Self.message([
            Self.record(5, time: 9, [0xC0, 12]), Self.record(1, time: 9, [10, 0, 0, 1]),
        ])
        for count in 0..<whole.count { #expect(DNSAnswer(Array(whole.prefix(count))) == nil) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var broken = whole
            for _ in 0..<3 { broken[Int.random(in: 0..<whole.count, using: &random)] = .random(in: 0...255) }
            _ = DNSAnswer(broken)
        }
    }

    // MARK: Over a socket

    private struct NoSocket: Error {
        let error: CInt
    }

    /// Answers each question for an address record with `records`, as long as the process lives.
    private final class NameServer: Sendable {
        let address: sockaddr_in
        private let socket: CInt
        private let asked = Mutex<[UInt8]>([])

        /// The types that were asked for.
        var questions: [UInt8] { asked.withLock { $0 } }

        init(_ records: @escaping @Sendable (_ type: UInt8) -> [[UInt8]]) throws {
            let socket = Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
                }
            }
            guard isBound else { throw NoSocket(error: errno) }
            self.socket = socket
            self.address = address
            _ = SystemThread { [self] in serve(records) }
        }

        private func serve(_ records: (UInt8) -> [[UInt8]]) {
            var question = [UInt8](repeating: 0, count: 512)
            while true {
                var peer = sockaddr_storage()
                var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                withUnsafeMutablePointer(to: &peer) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                        let count = recvfrom(socket, &question, question.count, 0, peer, &length)
                        guard count > 16 else { return }
                        // The type follows the name, which ends in an empty label.
                        var end = 12
                        while end < count, question[end] != 0 { end += Int(question[end]) + 1 }
                        let type = question[end + 2]
                        asked.withLock { $0.append(type) }
                        let body = question[12..<(end + 5)] + records(type).flatMap { $0 }
                        let answer =
                            question[..<2] + [0x81, 0x80, 0, 1, 0, UInt8(records(type).count), 0, 0, 0, 0] + body
                        _ = Array(answer).withUnsafeBytes { sendto(socket, $0.baseAddress, $0.count, 0, peer, length) }
                    }
                }
            }
        }
    }

    private static func found(_ texts: String...) throws -> [SocketAddress] {
        try texts.map { try SocketAddress(ipAddress: $0, port: 3000) }
    }

    @Test func `a name server tells the time to live of the addresses that are known`() throws {
        let server = try NameServer { type in
            type == 1
                ? [Self.record(1, time: 77, [10, 0, 0, 1]), Self.record(1, time: 77, [10, 0, 0, 2])]
                : [Self.record(28, time: 11, [UInt8](repeating: 0, count: 15) + [5])]
        }
        let (v4, both) = (try Self.found("10.0.0.2"), try Self.found("10.0.0.2", "::5"))
        #expect(NameLifetime.ask("b.example.", v4, server: server.address) == .seconds(77))
        #expect(server.questions == [1], "what is not known is not asked for")
        #expect(NameLifetime.ask("b.example.", both, server: server.address) == .seconds(11))
        let other = try Self.found("10.0.0.3")
        #expect(NameLifetime.ask("b.example.", other, server: server.address) == nil, "from /etc/hosts")
        #expect(NameLifetime.ask("localhost", other, server: server.address) == nil)
    }
}
