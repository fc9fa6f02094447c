// The command line's way to a running server: one request over a blocking socket. Knows only what the admin listener answers.
import Glibc
package import PorticoConfig

package struct AdminClient {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Answer {
        package let status: Int
        package let body: String
    }

    private static let largestAnswer = 64 << 20

    private let host: String
    private let port: Int
    private let token: String

    package init(_ settings: AdminSettings) throws {
        guard settings.enabled else { throw Failure(description: "[admin] is not enabled in this configuration") }
        // What listens on every address is reached over this machine's own.
        host = settings.host == "0.0.0.0" ? "127.0.0.1" : settings.host == "::" ? "::1" : settings.host
        port = settings.port
        token = try AdminToken.read(settings)
    }

    package func send(_ method: String, _ path: String, asText: Bool) throws -> Answer {
        let socket = try connect()
        defer { close(socket) }
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var request = "\(method) \(path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\nContent-Length: 0\r\n"
        request += "Accept: \(asText ? "text/plain, application/json;q=0.5" : "application/json")\r\n"
        if !token.isEmpty { request += "Authorization: Bearer \(token)\r\n" }
        try write(request + "\r\n", to: socket)
        return try parse(readAll(socket))
    }

    private func connect() throws -> CInt {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else {
            throw Failure(description: "cannot resolve \(host)")
        }
        defer { freeaddrinfo(found) }
        // SAFETY: the list is the resolver's, null-terminated, and freed only when this function returns.
        var next = found
        while let entry = next?.pointee {
            let socket = Glibc.socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
            if socket >= 0 {
                var limit = timeval(tv_sec: 10, tv_usec: 0)
                setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                if Glibc.connect(socket, entry.ai_addr, entry.ai_addrlen) == 0 { return socket }
                close(socket)
            }
            next = entry.ai_next
        }
        throw Failure(description: "no Portico answers on \(host) port \(port); is it running with this configuration?")
    }

    private func write(_ text: String, to socket: CInt) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the pointer is valid for the call, and its count is the buffer's.
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "the connection to \(host) port \(port) broke") }
            rest = rest.dropFirst(count)
        }
    }

    private func readAll(_ socket: CInt) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < Self.largestAnswer {
            let count = recv(socket, &block, block.count, 0)
            guard count >= 0 else { throw Failure(description: "no answer from \(host) port \(port)") }
            guard count > 0 else { break }
            bytes += block[..<count]
        }
        return bytes
    }

    private func parse(_ bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: " ", maxSplits: 2)
        guard text.hasPrefix("HTTP/1.1 "), parts.count == 3, let status = Int(parts[1]),
            let end = text.firstRange(of: "\r\n\r\n")
        else { throw Failure(description: "what answers on \(host) port \(port) is no Portico") }
        return Answer(status: status, body: String(text[end.upperBound...]))
    }
}

/// The token of `[admin]`, wherever it is written.
package enum AdminToken {
    package static func read(_ settings: AdminSettings) throws -> String {
        guard !settings.tokenFile.isEmpty else { return settings.token }
        guard let file = fopen(settings.tokenFile, "r") else {
            throw AdminClient.Failure(
                description: "cannot read \(settings.tokenFile): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var block = [UInt8](repeating: 0, count: 4096)
        let count = fread(&block, 1, block.count, file)
        let token = String(decoding: block[..<count].filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        guard !token.isEmpty else {
            throw AdminClient.Failure(description: "\(settings.tokenFile) holds no token")
        }
        return token
    }
}
