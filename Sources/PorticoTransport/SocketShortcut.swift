// From one plain socket straight into another: bytes that nobody between the two has to hold are sent on out of the loop's own memory,
// past pipelines and buffers. What the other socket does not take at once goes the ordinary way, and so does all that comes behind it
// until that is out: nothing overtakes.
import CLinux
import Glibc
import NIOCore

/// Where a source's bytes go. Both channels are on one loop.
package struct SocketShortcut {
    let destination: SocketChannel
    let follower: any PassageFollower

    package init(to destination: SocketChannel, followedBy follower: any PassageFollower) {
        self.destination = destination
        self.follower = follower
    }

    /// How many the destination's kernel took: none while something waits in front of them. Any fault counts as none, a closed socket
    /// and one whose half is over among them: on the ordinary way it is met again.
    fileprivate func pass(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard destination.pending.isEmpty else { return 0 }
        let count = portico_send(
            destination.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        guard count > 0 else { return 0 }
        destination.hasPassed = true
        follower.passed(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        return count
    }
}

/// Hears of what went by a shortcut.
package protocol PassageFollower: AnyObject {
    /// These bytes are out. Channels must be left as they are until the call returns.
    func passed(_ bytes: UnsafeRawBufferPointer)
}

extension SocketChannel {
    /// From now on bytes go past the reader, as far as the destination takes them at once; with nil, none do. Only beside a reader.
    package func use(_ shortcut: SocketShortcut?) {
        assert(shortcut == nil || shortcut?.destination.loop === loop)
        self.shortcut = shortcut
        if let shortcut {
            company = (Prefetch.address(of: shortcut.destination), Prefetch.address(of: shortcut.follower))
        } else {
            company = (reader.map { Prefetch.address(of: $0) }, nil)
        }
    }

    /// Whether bytes went by a shortcut, in or out, since this was asked last.
    package func takePassed() -> Bool {
        defer { hasPassed = false }
        return hasPassed
    }

    /// Whether what comes now may go by the shortcut. While it does not read by itself, whoever reads holds bytes that go first; and
    /// large pieces had better wait where they were read than be copied.
    var hasShortcut: Bool { shortcut != nil && readsOn && readSizes.next <= TransportLoop.mostPassed }

    /// Reads once, by the shortcut, which must be there. Closes the channel on a fault.
    func passOnce(isLast: Bool) -> Progress {
        let most = readSizes.next
        let count = receive(into: UnsafeMutableRawBufferPointer(start: loop.passage, count: most))
        guard count > 0 else { return nothingCame(count) }
        noteRead(count, of: most, isLast)
        let bytes = UnsafeRawBufferPointer(start: loop.passage, count: count)
        // Taken out meanwhile rather than held a second time: nobody changes it before the bytes are out.
        let way = shortcut.take()!
        let passed = way.pass(bytes)
        shortcut = consume way
        if passed > 0 { hasPassed = true }
        if passed < count { reader?.received(ByteBuffer(bytes: bytes[passed...])) }
        return .some
    }
}
