// A backend that takes a connection late, as one does whose line was full.
import Glibc
import PorticoTesting

/// A listening socket whose line is full until somebody asks for what comes.
// SAFETY: the descriptor alone is used, by one thread after another.
final class FullListener: @unchecked Sendable {
    private let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    private let filler: RawClient
    let port: Int

    init() throws {
        let listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 0) == 0)
                precondition(getsockname(listener, $0, &length) == 0)
            }
        }
        port = withUnsafeBytes(of: address) { Int($0[2]) << 8 | Int($0[3]) }
        filler = try RawClient(port)
    }

    /// Takes the one that fills the line and the next; how many bytes the latter says before its end.
    func bytesOfTheNext() -> Int {
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        close(accept(listener, nil, nil))
        let next = accept(listener, nil, nil)
        setsockopt(next, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var bytes = [UInt8](repeating: 0, count: 100)
        defer {
            close(next)
            close(listener)
        }
        return recv(next, &bytes, bytes.count, 0)
    }
}
