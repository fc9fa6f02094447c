// Addresses as the kernel tells them.
import CLinux
import Glibc
package import NIOCore

package enum SocketName {
    /// The socket's own. Throws an `IOError`.
    package static func local(_ descriptor: CInt) throws -> SocketAddress {
        var storage = sockaddr_storage()
        let code = filling(&storage) { getsockname(descriptor, $0, $1) }
        guard code == 0, let address = address(storage) else { throw IOError(errnoCode: errno, reason: "getsockname") }
        return address
    }

    /// Lets the system write an address.
    static func filling(
        _ storage: inout sockaddr_storage,
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> CInt {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: `storage` holds an address of every family; the system writes no more than `length`.
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
    }

    /// Nil for families that no listener of ours has.
    static func address(_ storage: sockaddr_storage) -> SocketAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch CInt(storage.ss_family) {
            case AF_INET: SocketAddress(bytes.load(as: sockaddr_in.self))
            case AF_INET6: SocketAddress(bytes.load(as: sockaddr_in6.self))
            case AF_UNIX: SocketAddress(bytes.load(as: sockaddr_un.self))
            default: nil
            }
        }
    }
}
