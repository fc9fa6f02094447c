// Where frames end, however the bytes are cut.
import NIOCore
import PorticoTesting
import Testing

@testable import PorticoProxy

@Suite struct WebSocketFramesTests {
    /// Frames in all the forms of a length, and where each ends.
    private static let frames: [[UInt8]] = [
        [0x81, 0x00],
        [0x81, 0x05] + Array("hello".utf8),
        [0x81, 0x85, 1, 2, 3, 4] + Array("hello".utf8),
        [0x02, 0x80, 9, 9, 9, 9],
        [0x89, 0x02, 0x88, 0x00],
        [0x82, 0x7E, 0x00, 0x80] + [UInt8](repeating: 0x88, count: 128),
        [0x82, 0xFE, 0x01, 0x00, 1, 2, 3, 4] + [UInt8](repeating: 0x88, count: 256),
        [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 0x88, count: 65_536),
        [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 3, 7, 7, 7, 7, 1, 2, 3],
    ]
    private static let close: [UInt8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]

    @Test func `each frame ends where its length says`() {
        var state = WebSocketFrames()
        for frame in Self.frames {
            for (index, byte) in frame.enumerated() {
                #expect(state.isAtBoundary == (index == 0))
                state.advance(over: [byte].span)
            }
            #expect(state.isAtBoundary && !state.hasClosed)
        }
        state.advance(over: Self.close.span)
        #expect(state.isAtBoundary && state.hasClosed)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, 1000, 70_000])
    func `a stop comes at the first boundary`(size: Int) {
        let stream = Self.frames.flatMap { $0 }
        var ends: Set<Int> = [0]
        var end = 0
        for frame in Self.frames {
            end += frame.count
            ends.insert(end)
        }
        for start in stride(from: 0, to: stream.count, by: size) {
            var state = WebSocketFrames()
            state.advance(over: Array(stream[..<start]).span)
            #expect(state.isAtBoundary == ends.contains(start))
            let passed = state.advance(over: Array(stream[start...]).span, stoppingAtBoundary: true)
            #expect(start + passed == ends.filter { $0 >= start }.min())
        }
    }

    @Test func `a Close within a message counts, a payload that looks like one does not`() {
        var state = WebSocketFrames()
        state.advance(over: [0x01, 0x02, 0x88, 0x00].span)
        #expect(!state.hasClosed)
        state.advance(over: [0x88].span)
        #expect(!state.hasClosed)
        state.advance(over: [0x00, 0x80].span)
        #expect(state.hasClosed)
    }

    @Test(arguments: 0..<64) func `noise is followed the same whole, in pieces and byte by byte`(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        func random(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
        for _ in 0..<50 {
            // Short lengths more often than chance gives them: else one frame would swallow all that follows.
            let noise = (0..<random(below: 300)).map { _ in
                UInt8(random(below: 4) == 0 ? random(below: 256) : random(below: 20))
            }
            var whole = WebSocketFrames()
            var pieces = WebSocketFrames()
            var bytes = WebSocketFrames()
            whole.advance(over: noise.span)
            var start = 0
            while start < noise.count {
                let end = min(noise.count, start + 1 + random(below: 40))
                pieces.advance(over: Array(noise[start..<end]).span)
                start = end
            }
            for byte in noise { bytes.advance(over: [byte].span) }
            #expect(whole == bytes && pieces == bytes, "\(noise)")
        }
    }

    @Test func `an impossible length has no end and no overflow`() {
        var state = WebSocketFrames()
        state.advance(over: [0x82, 0x7F, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3].span)
        #expect(!state.isAtBoundary)
        #expect(state.advance(over: [1, 2, 3].span, stoppingAtBoundary: true) == 3)
    }

    /// Headers of fourteen bytes and more are read at once.
    @Test(arguments: [1 << 62, 1 << 63 - 1, 1 << 63, .max, 20, 21, 22] as [UInt64], [false, true])
    func `a long length is taken as it is, in one piece and byte by byte`(length: UInt64, isMasked: Bool) {
        let lengthBytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        let header = [0x88, isMasked ? 0xFF : 0x7F] + lengthBytes + (isMasked ? [1, 2, 3, 4] : [])
        let bytes = header + [UInt8](repeating: 0x88, count: 21)
        var (whole, pieces) = (WebSocketFrames(), WebSocketFrames())
        #expect(whole.advance(over: bytes.span) == bytes.count)
        #expect(whole.isAtBoundary == (length == 21) && whole.hasClosed == (length <= 21))
        for byte in bytes { pieces.advance(over: [byte].span) }
        #expect(whole == pieces)
    }

    @Test func `our Close carries code and reason, masked towards a backend`() {
        let plain = Array(WebSocketFrames.close(.goingAway, "bye", isMasked: false).readableBytesView)
        #expect(plain == [0x88, 5, 0x03, 0xE9] + Array("bye".utf8))
        let masked = Array(WebSocketFrames.close(.internalError, "bye", isMasked: true).readableBytesView)
        #expect(masked.count == 11 && masked[0] == 0x88 && masked[1] == 0x85)
        let payload = (0..<5).map { masked[6 + $0] ^ masked[2 + $0 % 4] }
        #expect(payload == [0x03, 0xF3] + Array("bye".utf8))
        var state = WebSocketFrames()
        state.advance(over: masked.span)
        #expect(state.hasClosed)
    }
}
