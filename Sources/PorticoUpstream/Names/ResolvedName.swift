// A backend's name and the addresses it stands for, shared by all loops. Asked of the system's resolver on threads of
// their own, never on a loop; how long they count, of the name servers.
import Glibc
import NIOCore
import NIOPosix
import PorticoCore
import Synchronization

final class ResolvedName: Sendable {
    typealias Resolver = @Sendable (_ host: String, _ port: Int) -> [SocketAddress]
    /// Nil where it is not known.
    typealias Lifetime = @Sendable (_ host: String, _ found: [SocketAddress]) -> Interval?

    fileprivate struct State {
        var cache = NameCache<SocketAddress>()
        var waiting: [EventLoopPromise<[SocketAddress]>] = []
    }

    /// Their own: a name server that does not answer holds a thread for as long as the system is patient, and files are read by others.
    /// Started by the first name.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        return threads
    }()

    private let host: String
    private let port: Int
    private let resolver: Resolver
    private let lifetime: Lifetime
    private let state = Mutex(State())

    init(
        host: String, port: Int, resolver: @escaping Resolver = SystemResolver.addresses,
        lifetime: @escaping Lifetime = NameLifetime.ask
    ) {
        self.host = host
        self.port = port
        self.resolver = resolver
        self.lifetime = lifetime
    }

    /// The same name at another port.
    func at(port: Int) -> ResolvedName {
        port == self.port ? self : ResolvedName(host: host, port: port, resolver: resolver, lifetime: lifetime)
    }

    /// The addresses to try, in order; nothing where there are none. At once where the name is known.
    func addresses(_ now: MonotonicTime, on eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        refresh(now)
        let promise = eventLoop.makePromise(of: [SocketAddress].self)
        let known: [SocketAddress]? = state.withLock { state in
            switch state.cache.lookup(now, isPreferred: state.isPreferred) {
            case .addresses(let addresses): return addresses
            case .failed: return []
            case .wait:
                state.waiting.append(promise)
                return nil
            }
        }
        if let known { promise.succeed(known) }
        return promise.futureResult
    }

    /// Asks anew where what is known is old, or `isUrgent`: does not work. What is known stays in use meanwhile.
    func refresh(_ now: MonotonicTime, isUrgent: Bool = false) {
        guard state.withLock({ $0.cache.shouldAsk(now, isUrgent: isUrgent) }) else { return }
        Self.threads.submit { [self] _ in
            let found = resolver(host, port)
            note(found)
            if !found.isEmpty { askLifetime(of: found) }
        }
    }

    /// Nobody waits for this.
    private func askLifetime(of found: [SocketAddress]) {
        guard state.withLock({ $0.cache.shouldAskLifetime(.now()) }) else { return }
        let told = lifetime(host, found)
        state.withLock { $0.cache.noteLifetime(told, .now()) }
    }

    func noteRefused(_ address: SocketAddress, _ now: MonotonicTime) {
        state.withLock { $0.cache.noteRefused(address, now) }
    }

    private func note(_ found: [SocketAddress]) {
        let now = MonotonicTime.now()
        let (waiting, addresses) = state.withLock { state in
            state.cache.note(found, now)
            defer { state.waiting = [] }
            // Nobody's turn is taken where nobody waits.
            guard !state.waiting.isEmpty,
                case .addresses(let addresses) = state.cache.lookup(now, isPreferred: state.isPreferred)
            else {
                return (state.waiting, [SocketAddress]())
            }
            return (state.waiting, addresses)
        }
        for promise in waiting { promise.succeed(addresses) }
    }
}

extension ResolvedName.State {
    /// The resolver sorts by RFC 6724: the family it names first is the one to begin with.
    fileprivate var isPreferred: (SocketAddress) -> Bool {
        { [first = cache.first] address in first.map { $0.protocol == address.protocol } ?? true }
    }
}

enum SystemResolver {
    /// Blocks. Nothing where the name is not known or nobody can be asked.
    @Sendable static func addresses(host: String, port: Int) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        // SAFETY: on success the list is getaddrinfo's, and ours to free; each address has the size its family says.
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var entry = list
        while let info = entry {
            if let address = info.pointee.ai_addr {
                switch info.pointee.ai_family {
                case AF_INET:
                    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee))
                    }
                case AF_INET6:
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee))
                    }
                default: break
                }
            }
            entry = info.pointee.ai_next
        }
        return found
    }
}
