// A listening socket per event loop (SO_REUSEPORT), so that a connection lives and dies on the loop that accepted it.
// A Unix socket cannot be shared that way: the first loop has it alone. How sockets are made or inherited is not its business.
import Glibc
import NIOCore
package import PorticoConfig
import PorticoCore
import PorticoTransport
import Synchronization

/// Connections open over all loops, against `max_connections`.
package final class ConnectionCount: Sendable {
    private let open = Atomic(0)
    private let limit: Atomic<Int>
    private let isRefusing = Atomic(false)

    package init(limit: Int) { self.limit = Atomic(limit) }

    /// Connections above a lower limit stay; new ones wait until they are fewer.
    package func use(limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    /// While memory is short, those that come get 503, and over TLS a close.
    package func refuse(_ refuses: Bool) { isRefusing.store(refuses, ordering: .relaxed) }

    var refuses: Bool { isRefusing.load(ordering: .relaxed) }

    /// False where there is no room; then nothing is counted.
    func enter() -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            leave()
            return false
        }
        return true
    }

    package var current: Int { open.load(ordering: .relaxed) }

    func leave() { open.subtract(1, ordering: .relaxed) }
}

package struct Listener: Sendable {
    /// As configured.
    package let requested: ListenAddress
    /// With the port that the system chose where 0 was asked for.
    package let address: ListenAddress
    package let isSecure: Bool
    /// Open as long as the listener is: the acceptors own them.
    package let descriptors: [CInt]
    private let acceptors: [Acceptor]

    /// Binds on all loops or on none. A port of 0 is chosen by the system and shared by all. Where `inherited` has sockets for
    /// the address, they are used instead.
    package static func bind(
        _ address: ListenAddress, loops: [ServerLoop], tls: TLSStore?, count: ConnectionCount,
        inherited: InheritedSockets = InheritedSockets()
    ) async throws -> Listener {
        let descriptors = try sockets(address, loops: loops, inherited: inherited)
        var acceptors: [Acceptor] = []
        do {
            for (index, descriptor) in descriptors.enumerated() {
                try await acceptors.append(accept(descriptor, on: loops[index % loops.count], tls: tls, count: count))
            }
        } catch {
            for acceptor in acceptors { await acceptor.close() }
            // The one that failed is closed.
            for descriptor in descriptors.dropFirst(acceptors.count + 1) { Glibc.close(descriptor) }
            throw error
        }
        var bound = address
        if case .tcp(let host, _) = address, case .tcp(_, let port)? = ListeningSocket.address(of: descriptors[0]) {
            bound = .tcp(host: host, port: port)
        }
        return Listener(
            requested: address, address: bound, isSecure: tls != nil, descriptors: descriptors,
            acceptors: acceptors)
    }

    /// At least one for each loop, but for a Unix socket of our own.
    private static func sockets(
        _ address: ListenAddress, loops: [ServerLoop], inherited: InheritedSockets
    ) throws -> [CInt] {
        var descriptors = inherited.take(address)
        let own = descriptors.count
        guard own > 0 else { return try ListeningSocket.open(address, count: loops.count) }
        // Fewer than we have loops: some share one. More: each has to be served, a client may wait at any of them.
        for index in 0..<max(0, loops.count - own) {
            do {
                try descriptors.append(ListeningSocket.copy(descriptors[index % own]))
            } catch {
                for descriptor in descriptors { Glibc.close(descriptor) }
                throw error
            }
        }
        return descriptors
    }

    private static func accept(
        _ descriptor: CInt, on loop: ServerLoop, tls: TLSStore?, count: ConnectionCount
    ) async throws -> Acceptor {
        try await Acceptor.start(descriptor, on: loop.eventLoop) { channel in
            guard count.enter() else { throw TooManyConnections() }
            channel.closeFuture.whenComplete { _ in count.leave() }
            if count.refuses {
                // A handshake would cost what there is not.
                guard tls == nil else { throw TooManyConnections() }
                return try channel.pipeline.syncOperations.addHandler(RefusedConnection())
            }
            channel.allowsHalfClosure = true
            try ClientPipeline.configure(channel, loop: loop, tls: tls?.current.context)
        }
    }

    /// Where others go on with its sockets, a Unix one keeps its file.
    package func close(isPassedOn: Bool = false) async {
        for acceptor in acceptors { await acceptor.close() }
        if !isPassedOn, case .unix(let path) = address { unlink(path) }
    }
}

/// The connection is closed at once: `max_connections` are open, or memory is short.
struct TooManyConnections: Error {}
