// Something with a descriptor that an event loop waits for. What is done when it is ready is the subclass's business.
import CLinux
import Glibc

/// Kinds of readiness (epoll_ctl(2)).
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, a connection, or the peer's end of the stream.
    static let input = Readiness(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
    /// The peer's end, maybe behind bytes.
    static let end = Readiness(rawValue: EPOLLRDHUP.rawValue)
    static let output = Readiness(rawValue: EPOLLOUT.rawValue)
    /// Told whether asked for or not.
    static let fault = Readiness(rawValue: EPOLLERR.rawValue)
    /// Told whether asked for or not: both halves are over.
    static let hangup = Readiness(rawValue: EPOLLHUP.rawValue)
    /// Not a kind, but how it is told: when it comes, and again only when more comes or `watch` asks again. Otherwise it is told
    /// in every turn for as long as it lasts, which costs the kernel a second look at every socket that was told of.
    static let edge = Readiness(rawValue: EPOLLET.rawValue)
}

// A class, not a protocol: what epoll hands back is one plain reference.
// SAFETY: used on `loop` only, but for what a subclass declares otherwise.
package class Pollable: @unchecked Sendable {
    /// -1 once it is closed.
    package fileprivate(set) final var descriptor: CInt
    final let loop: TransportLoop
    /// What the kernel was asked to tell.
    fileprivate(set) final var interest: Readiness = []
    fileprivate final var isWatched = false
    /// In the loop's list; -1 while it is in none.
    final var place = -1
    /// Where memory lies that `ready` will need beside its own, most of it first: to be prefetched, never read.
    final var company: (UnsafeRawPointer?, UnsafeRawPointer?)

    init(_ descriptor: CInt, on loop: TransportLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    final var isOpen: Bool { descriptor >= 0 }

    /// Something of `interest` came, or `fault`, or `hangup`. May close it.
    func ready(_ readiness: Readiness) { fatalError("subclass") }

    /// The loop stops: let go at once.
    func abandon() { fatalError("subclass") }

    /// Tells the kernel what to wait for; costs nothing where that is known. What is there already is told, on an `edge` too, where
    /// that changes something or is asked `again`. Throws an `IOError`.
    final func watch(_ wanted: Readiness, again: Bool = false) throws {
        guard isOpen, !isWatched || wanted != interest || again else { return }
        try loop.control(isWatched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, self, wanted)
        if place < 0 { loop.enter(self) }
        isWatched = true
        interest = wanted
    }

    /// The kernel tells nothing more, not even what it tells unasked, before `watch` is called again.
    final func unwatch() {
        guard isWatched else { return }
        try? loop.control(EPOLL_CTL_DEL, self, [])
        isWatched = false
        interest = []
    }

    /// Sends small segments at once. Nothing happens on sockets that are not TCP's.
    final func sendAtOnce() {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Closes the descriptor. Events that were already fetched find it closed.
    final func closeDescriptor() {
        guard isOpen else { return }
        // Not left to close(2): a process being started may hold copies for a moment, and then the kernel would go on telling.
        unwatch()
        if place >= 0 { loop.leave(self) }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
