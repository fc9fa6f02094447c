// Where frames end in one direction of a WebSocket (RFC 6455 §5.2), so that a Close of ours can be put between two of
// them. Pure; it looks at headers alone and never at payloads.
import NIOCore

package struct WebSocketFrames: Equatable {
    private enum Place {
        case opcode, length, extendedLength, mask, payload
    }

    private var place = Place.opcode
    /// Header bytes still to come of the current place.
    private var headerLeft = 0
    private var payloadLeft: UInt64 = 0
    private var isMasked = false
    private var isClose = false
    /// A whole Close frame has passed: nothing may follow it.
    package private(set) var hasClosed = false

    package init() {}

    /// Between two frames, be they of one message or not: a control frame may stand here (§5.4).
    package var isAtBoundary: Bool { place == .opcode }

    /// Follows the bytes. With `stoppingAtBoundary`, only as far as the first boundary; says how many bytes that was.
    @discardableResult
    package mutating func advance(over bytes: Span<UInt8>, stoppingAtBoundary: Bool = false) -> Int {
        var index = 0
        while index < bytes.count, !(stoppingAtBoundary && isAtBoundary) {
            if place == .opcode, bytes.count - index >= Self.longestHeader {
                index += wholeHeader(bytes, at: index)
            } else if place == .payload {
                let taken = min(payloadLeft, UInt64(bytes.count - index))
                payloadLeft -= taken
                index += Int(taken)
                if payloadLeft == 0 { endFrame() }
            } else {
                headerByte(bytes[index])
                index += 1
            }
        }
        return index
    }

    private static let longestHeader = 14

    /// The usual case: the header came in one piece, and mostly its payload with it. Returns how many bytes of the frame are there.
    private mutating func wholeHeader(_ bytes: Span<UInt8>, at start: Int) -> Int {
        let second = bytes[start + 1]
        isClose = bytes[start] & 0x0F == 0x8
        isMasked = second & 0x80 != 0
        var length = UInt64(second & 0x7F)
        var header = isMasked ? 6 : 2
        if length == 126 {
            length = UInt64(bytes[start + 2]) << 8 | UInt64(bytes[start + 3])
            header += 2
        } else if length == 127 {
            length = (2..<10).reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
            header += 8
        }
        let there = bytes.count - start
        guard length <= UInt64(there - header) else {
            place = .payload
            payloadLeft = length - UInt64(there - header)
            return there
        }
        endFrame()
        return header + Int(length)
    }

    private mutating func headerByte(_ byte: UInt8) {
        switch place {
        case .opcode:
            isClose = byte & 0x0F == 0x8
            place = .length
        case .length:
            isMasked = byte & 0x80 != 0
            lengthCame(byte & 0x7F)
        case .extendedLength:
            payloadLeft = payloadLeft << 8 | UInt64(byte)
            headerLeft -= 1
            if headerLeft == 0 { lengthComplete() }
        case .mask:
            headerLeft -= 1
            if headerLeft == 0 { headerComplete() }
        case .payload: break
        }
    }

    private mutating func lengthCame(_ length: UInt8) {
        payloadLeft = length < 126 ? UInt64(length) : 0
        guard length >= 126 else { return lengthComplete() }
        headerLeft = length == 126 ? 2 : 8
        place = .extendedLength
    }

    private mutating func lengthComplete() {
        guard isMasked else { return headerComplete() }
        headerLeft = 4
        place = .mask
    }

    private mutating func headerComplete() {
        place = .payload
        if payloadLeft == 0 { endFrame() }
    }

    private mutating func endFrame() {
        if isClose { hasClosed = true }
        place = .opcode
    }
}

extension WebSocketFrames {
    /// Why we end a WebSocket (RFC 6455 §7.4.1).
    enum CloseCode: UInt16 {
        /// The server stops, or nothing was said for too long.
        case goingAway = 1001
        /// The other side was lost.
        case internalError = 1011
    }

    /// A Close frame; towards the backend it is masked, as a client's frames are.
    static func close(_ code: CloseCode, _ reason: StaticString, isMasked: Bool) -> ByteBuffer {
        var payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        payload += reason.withUTF8Buffer { Array($0) }
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x88))
        frame.writeInteger(UInt8(payload.count) | (isMasked ? 0x80 : 0))
        if isMasked {
            let mask = (0..<4).map { _ in UInt8.random(in: 0...255) }
            frame.writeBytes(mask)
            for index in payload.indices { payload[index] ^= mask[index % 4] }
        }
        frame.writeBytes(payload)
        return frame
    }
}
