// Listening sockets that were open before we started: from the service manager, or from the process whose place we take. Each
// goes to the listener that wants its address; what nobody wants is told and closed.
import Glibc
import NIOCore
package import PorticoConfig
import Synchronization

package final class InheritedSockets: Sendable {
    package struct Entry: Sendable {
        package let descriptor: CInt
        /// What the listener was called in the process before us, such as `127.0.0.1:0`; nil where it was none of ours.
        package let requested: String?
        package let address: ListenAddress

        /// Nil where the descriptor is no listening stream socket.
        package init?(_ descriptor: CInt, requested: String? = nil) {
            guard let address = ListeningSocket.address(of: descriptor) else { return nil }
            // What a program that we start has no business with.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            self.descriptor = descriptor
            self.requested = requested
            self.address = address
        }
    }

    private let entries: Mutex<[Entry]>

    package init(_ entries: [Entry] = []) { self.entries = Mutex(entries) }

    package var isEmpty: Bool { entries.withLock { $0.isEmpty } }

    /// Opens what is missing for `wanted`, before the right to do so is given up.
    package func open(_ wanted: ListenAddress, count: Int) throws {
        let fits = Self.fitting(wanted)
        guard !entries.withLock({ $0.contains(where: fits) }) else { return }
        let opened = try ListeningSocket.open(wanted, count: count)
        entries.withLock { $0 += opened.compactMap { Entry($0, requested: wanted.description) } }
    }

    /// The sockets for `wanted`, which are the caller's from now on.
    func take(_ wanted: ListenAddress) -> [CInt] {
        guard !entries.withLock({ $0.isEmpty }) else { return [] }
        let fits = Self.fitting(wanted)
        return entries.withLock { entries in
            let taken = entries.filter(fits)
            entries.removeAll(where: fits)
            return taken.map(\.descriptor)
        }
    }

    private static func fitting(_ wanted: ListenAddress) -> (Entry) -> Bool {
        var bound = wanted
        if case .tcp(let host, let port) = wanted,
            let address = try? SocketAddress.makeAddressResolvingHost(host, port: port)
        {
            bound = ListenAddress(address) ?? wanted
        }
        return { entry in entry.requested.map { $0 == wanted.description } ?? (entry.address == bound) }
    }

    /// What nobody has taken yet, to stay open when this process starts another program in its place.
    package func keepOpen() -> [Entry] {
        entries.withLock { entries in
            for entry in entries { _ = fcntl(entry.descriptor, F_SETFD, 0) }
            return entries
        }
    }

    /// Closes what nobody has taken, and says where it was bound.
    package func closeRest() -> [ListenAddress] {
        let rest = entries.withLock { entries in
            let rest = entries
            entries = []
            return rest
        }
        for entry in rest { close(entry.descriptor) }
        return rest.map(\.address)
    }
}
