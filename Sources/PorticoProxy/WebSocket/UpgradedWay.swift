// One way through an upgraded stream: where its frames end, and how much went by the shortcut between two plain sockets.
import PorticoTransport

final class UpgradedWay: PassageFollower {
    private let isWebSocket: Bool
    /// What the source sends, be it passed on or not. Of a WebSocket alone.
    var frames = WebSocketFrames()
    /// Our own Close was the last word: what the source still sends is dropped (RFC 6455 §5.5.1).
    var isEnded = false
    /// Bytes that went by the shortcut and are in no record yet.
    private var passedCount = 0

    init(isWebSocket: Bool) { self.isWebSocket = isWebSocket }

    /// A Close went this way, the source's or ours.
    var isClosed: Bool { isEnded || frames.hasClosed }

    func follow(_ bytes: Span<UInt8>) {
        if isWebSocket { frames.advance(over: bytes) }
    }

    func passed(_ bytes: UnsafeRawBufferPointer) {
        passedCount += bytes.count
        follow(bytes.bindMemory(to: UInt8.self).span)
    }

    func takePassedCount() -> Int {
        defer { passedCount = 0 }
        return passedCount
    }
}
