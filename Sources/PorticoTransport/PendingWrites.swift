// What a connection has yet to write, in order. It knows no socket.
import NIOCore

struct PendingWrites {
    private struct Piece {
        var data: IOData
        let promise: EventLoopPromise<Void>?
    }

    private var pieces: [Piece] = []
    /// The first that is not written whole.
    private var first = 0
    /// Pieces before this one may go out.
    private var flushed = 0
    /// Bytes in all pieces.
    private(set) var byteCount = 0
    /// What a piece costs beside its bytes.
    private static let overhead = 128

    /// What they cost in memory: many small pieces cost more than their bytes.
    var weight: Int { byteCount + (pieces.count - first) * Self.overhead }

    var isEmpty: Bool { first == pieces.count }

    /// Whether something may go out.
    var hasFlushed: Bool { first < flushed }

    mutating func add(_ data: IOData, _ promise: EventLoopPromise<Void>?) {
        byteCount += data.readableBytes
        if case .byteBuffer(let bytes) = data {
            pieces.append(Piece(data: .byteBuffer(bytes.tight), promise: promise))
        } else {
            pieces.append(Piece(data: data, promise: promise))
        }
    }

    mutating func flush() { flushed = pieces.count }

    /// What goes out next. There must be something.
    var next: IOData { pieces[first].data }

    /// The buffers at the front, so many that may go out in one system call.
    func forEachBuffer(_ most: Int, _ body: (ByteBuffer) -> Void) {
        for piece in pieces[first..<min(flushed, first + most)] {
            guard case .byteBuffer(let bytes) = piece.data else { return }
            body(bytes)
        }
    }

    /// `count` bytes of the front were written. Returns the promises of what is whole now, in order.
    mutating func wrote(_ count: Int) -> [EventLoopPromise<Void>] {
        byteCount -= count
        var left = count
        var done: [EventLoopPromise<Void>] = []
        while first < flushed, pieces[first].data.readableBytes <= left {
            left -= pieces[first].data.readableBytes
            if let promise = takeFirst() { done.append(promise) }
        }
        if left > 0 { pieces[first].data.skip(left) }
        return done
    }

    /// The front can never be written whole: it is dropped.
    mutating func dropNext() -> EventLoopPromise<Void>? {
        byteCount -= pieces[first].data.readableBytes
        return takeFirst()
    }

    mutating func takeAll() -> [EventLoopPromise<Void>] {
        defer { self = PendingWrites() }
        return pieces[first...].compactMap(\.promise)
    }

    private static let mostDead = 32

    private mutating func takeFirst() -> EventLoopPromise<Void>? {
        let promise = pieces[first].promise
        pieces[first].data = .byteBuffer(ByteBuffer())
        first += 1
        if first == pieces.count {
            pieces.removeAll(keepingCapacity: pieces.capacity <= 16)
            (first, flushed) = (0, 0)
        } else if first >= Self.mostDead, first >= pieces.count / 2 {
            // A queue that never runs empty would keep all that it ever held.
            pieces.removeFirst(first)
            flushed -= first
            first = 0
        }
        return promise
    }
}

extension IOData {
    fileprivate mutating func skip(_ count: Int) {
        switch self {
        case .byteBuffer(var bytes):
            bytes.moveReaderIndex(forwardBy: count)
            self = .byteBuffer(bytes)
        case .fileRegion(var region):
            region.moveReaderIndex(forwardBy: count)
            self = .fileRegion(region)
        }
    }
}
