// Opens one connection to a target: its addresses in turn, the next one as soon as one refuses or dawdles (RFC 8305 §5), then
// a TLS handshake where there is one, all within `connect_timeout`. Confined to its event loop; lives until it has told how
// it ended.
import Glibc
import NIOCore
import PorticoCore
import PorticoTransport

final class Opening {
    typealias Outcome = Result<any Channel, PorticoError>

    private let endpoint: Endpoint
    private let eventLoop: TransportLoop
    private var done: ((Outcome) -> Void)?
    private var addresses: [SocketAddress] = []
    private var next = 0
    private var underWay = 0
    private var timeout: Scheduled<Void>?
    private var stagger: Scheduled<Void>?
    /// To one of the addresses, though its handshake may be under way still.
    private var isConnected = false
    private let patience: TimeAmount

    /// Large streams cost system calls, wake-ups and acknowledgements rather than copies; more than this gains little, and each
    /// stream may hold it.
    static let readSizes = ReadSizes(smallest: 2048, largest: 256 << 10)

    /// `patience` is how long an address may take before the next one is tried beside it.
    static func start(
        _ endpoint: Endpoint, on eventLoop: TransportLoop, patience: TimeAmount = .milliseconds(250),
        _ done: @escaping (Outcome) -> Void
    ) {
        Opening(endpoint, eventLoop, patience, done).start()
    }

    private init(
        _ endpoint: Endpoint, _ eventLoop: TransportLoop, _ patience: TimeAmount, _ done: @escaping (Outcome) -> Void
    ) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.patience = patience
        self.done = done
    }

    private func start() {
        timeout = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(endpoint.connectTimeout.nanoseconds)) {
            if !self.isConnected { self.noteFailure(of: self.addresses[..<self.next]) }
            self.finish(.failure(Self.error(.connectTimeout, "no connection in time")))
        }
        switch endpoint.place {
        case .address(let address): attempt([address])
        case .name(let name): attempt(name)
        }
    }

    private func attempt(_ name: ResolvedName) {
        name.addresses(.now(), on: eventLoop).assumeIsolated().whenSuccess { addresses in
            guard !addresses.isEmpty else {
                return self.finish(.failure(Self.error(.resolveFailed, "the name does not resolve")))
            }
            self.attempt(addresses)
        }
    }

    // MARK: Addresses

    private func attempt(_ addresses: [SocketAddress]) {
        self.addresses = addresses
        next = 0
        attemptNext()
    }

    private func attemptNext() {
        stagger?.cancel()
        guard done != nil, next < addresses.count else { return }
        let address = addresses[next]
        next += 1
        underWay += 1
        if next < addresses.count {
            stagger = eventLoop.assumeIsolated().scheduleTask(in: patience) { self.attemptNext() }
        }
        let timeout = TimeAmount.nanoseconds(endpoint.connectTimeout.nanoseconds)
        eventLoop.connect(to: address, timeout: timeout).assumeIsolated().whenComplete { result in
            self.underWay -= 1
            switch result {
            case .success(let channel):
                channel.readSizes = Self.readSizes
                self.connected(channel)
            case .failure(let error): self.refused(address, error)
            }
        }
    }

    private func refused(_ address: SocketAddress, _ error: any Error) {
        // Also where another was quicker.
        noteFailure(of: [address])
        guard done != nil else { return }
        if next < addresses.count { return attemptNext() }
        guard underWay == 0 else { return }
        if case .connectTimeout? = error as? ChannelError {
            return finish(
                .failure(Self.error(.connectTimeout, "\(address.plainText) did not accept a connection in time")))
        }
        finish(.failure(Self.error(.connectRefused, "\(address.plainText): \(FaultText.of(error))")))
    }

    /// They are passed over next time; and what the name stood for may be gone.
    private func noteFailure(of addresses: ArraySlice<SocketAddress>) {
        guard case .name(let name) = endpoint.place, !addresses.isEmpty else { return }
        for address in addresses { name.noteRefused(address, .now()) }
        name.refresh(.now(), isUrgent: true)
    }

    // MARK: TLS

    private func connected(_ channel: any Channel) {
        guard done != nil, !isConnected else { return channel.close(promise: nil) }
        // The others are closed as they come.
        isConnected = true
        stagger?.cancel()
        next = addresses.count
        guard let tls = endpoint.tls else { return finish(.success(channel)) }
        do {
            let handshake = TLSHandshake(tls) { failure in
                self.finish(failure.map { .failure(Self.error(.tlsFailed, $0)) } ?? .success(channel))
            }
            try channel.pipeline.syncOperations.addHandlers(handshake)
            try channel.pipeline.syncOperations.addHandler(try tls.makeHandler(), position: .first)
            timeoutCloses(channel)
        } catch {
            channel.close(promise: nil)
            finish(.failure(Self.error(.tlsFailed, "\(error)")))
        }
    }

    private func timeoutCloses(_ channel: any Channel) {
        let finish = done
        done = { outcome in
            if case .failure = outcome { channel.close(promise: nil) }
            finish?(outcome)
        }
    }

    private func finish(_ outcome: Outcome) {
        guard let done else { return }
        self.done = nil
        timeout?.cancel()
        stagger?.cancel()
        done(outcome)
    }

    /// Nothing was sent yet: any request may go elsewhere.
    private static func error(_ kind: PorticoError.Kind, _ cause: String) -> PorticoError {
        PorticoError(kind, side: .upstream, retry: .yes, cause: cause)
    }
}

extension SocketAddress {
    /// `127.0.0.1:3000`, `[::1]:3000`, or a path.
    fileprivate var plainText: String {
        guard let ip = ipAddress else { return pathname ?? "\(self)" }
        return (ip.contains(":") ? "[\(ip)]" : ip) + (port.map { ":\($0)" } ?? "")
    }
}
