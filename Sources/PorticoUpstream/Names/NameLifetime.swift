// How long the addresses of a name may be used: asked of the name servers, for the system's resolver does not tell. Where its
// addresses come from elsewhere (`/etc/hosts`, say), nothing is known.
import CLinux
import Glibc
import NIOCore
import PorticoCore

enum NameLifetime {
    /// Blocks, for some seconds at most. Nil where the name servers know none of these addresses, or do not answer.
    @Sendable static func ask(host: String, found: [SocketAddress]) -> Interval? { ask(host, found, server: nil) }

    /// `server`: in place of those in `/etc/resolv.conf`.
    static func ask(_ host: String, _ found: [SocketAddress], server: sockaddr_in?) -> Interval? {
        guard host != "localhost", !host.hasSuffix(".localhost") else { return nil }
        var shortest: UInt32?
        for (family, type) in [(NIOBSDSocket.ProtocolFamily.inet, DNSAnswer.typeA), (.inet6, DNSAnswer.typeAAAA)] {
            let known = found.filter { $0.protocol == family }
            guard !known.isEmpty, let answer = answer(host, type, server), isOf(known, answer) else { continue }
            shortest = min(shortest ?? .max, answer.timeToLive)
        }
        return shortest.map { .seconds(Int($0)) }
    }

    private static func isOf(_ known: [SocketAddress], _ answer: DNSAnswer) -> Bool {
        answer.addresses.contains { bytes in
            known.contains { address in
                let same = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: address.port ?? 0)
                return same == address
            }
        }
    }

    private static let longestAnswer = 4096

    private static func answer(_ host: String, _ type: UInt16, _ server: sockaddr_in?) -> DNSAnswer? {
        let bytes = [UInt8](unsafeUninitializedCapacity: longestAnswer) { memory, count in
            // SAFETY: at most `longestAnswer` bytes are written; the length that is returned may be that of a longer answer.
            let length =
                if var server {
                    portico_dns_ask(host, CInt(type), &server, memory.baseAddress, CInt(longestAnswer))
                } else {
                    portico_dns_ask(host, CInt(type), nil, memory.baseAddress, CInt(longestAnswer))
                }
            count = max(0, min(Int(length), longestAnswer))
        }
        return DNSAnswer(bytes)
    }
}
