// Fuzz entry for the frames of a WebSocket: however the bytes are cut, they end at the same places.
import PorticoProxy

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzWebSocketFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let cut = Int(start[0]) * bytes.count / 256
    var whole = WebSocketFrames()
    precondition(whole.advance(over: bytes.span) == bytes.count, "bytes are left over")
    precondition(whole == follow(bytes[..<cut], bytes[cut...]), "the cut changes where frames end")
    precondition(whole == followByFrames(bytes), "stopping at boundaries changes where frames end")
    return 0
}

private func follow(_ pieces: ArraySlice<UInt8>...) -> WebSocketFrames {
    var frames = WebSocketFrames()
    for piece in pieces { frames.advance(over: piece.span) }
    return frames
}

/// From boundary to boundary, as bytes are passed on while a connection is left.
private func followByFrames(_ bytes: [UInt8]) -> WebSocketFrames {
    var frames = WebSocketFrames()
    var rest = bytes[...]
    while let first = rest.first {
        frames.advance(over: [first].span)
        rest = rest.dropFirst()
        let count = frames.advance(over: rest.span, stoppingAtBoundary: true)
        precondition(count == rest.count || frames.isAtBoundary, "stopped within a frame")
        rest = rest.dropFirst(count)
    }
    return frames
}
