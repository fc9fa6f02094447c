// One coded form of a file while it is made: what is ready of it, and who waits for more. Filled on the thread pool, taken from
// on any event loop. How it is made is VariantMaker's part, how it is sent VariantReader's.
import NIOCore
import PorticoCore
import Synchronization

final class VariantInMaking: Sendable {
    enum End: Sendable {
        case made(StaticEntry.Variant)
        /// The file changed meanwhile, or there was no memory: what was sent cannot be completed.
        case broken
    }

    enum Progress: Sendable {
        case piece(ByteBuffer, RepresentationHead, isLast: Bool)
        case end(End)
        /// The reader will be told.
        case later
    }

    private struct State {
        var head: RepresentationHead?
        /// All of them: whoever comes later begins at the first. Together they are smaller than the file, or hardly larger.
        var pieces: [ByteBuffer] = []
        var end: End?
        var waiting: [VariantReader] = []
    }

    let entry: StaticEntry
    let coding: ContentCoding
    private let state = Mutex(State())

    init(of entry: StaticEntry, _ coding: ContentCoding) {
        self.entry = entry
        self.coding = coding
    }

    func add(_ piece: ByteBuffer, _ head: RepresentationHead) {
        tell { state in
            state.head = head
            state.pieces.append(piece)
        }
    }

    func end(_ end: End, lastPiece: ByteBuffer? = nil) {
        tell { state in
            if let lastPiece { state.pieces.append(lastPiece) }
            state.end = end
        }
    }

    private func tell(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            var waiting: [VariantReader] = []
            swap(&waiting, &state.waiting)
            return waiting
        }
        for reader in waiting { reader.wake() }
    }

    /// What comes behind the first `taken` pieces for a reader, who is told once where that is not known yet. `nil` pieces are taken by
    /// one who wants the end alone. Who has nothing of it yet when it is done gets the end, and with that the whole.
    func progress(behind taken: Int?, for reader: VariantReader) -> Progress {
        state.withLock { state in
            let taken = taken ?? state.pieces.count
            if let end = state.end, taken == 0 || taken == state.pieces.count || end.isBroken { return .end(end) }
            guard taken < state.pieces.count, let head = state.head else {
                state.waiting.append(reader)
                return .later
            }
            return .piece(state.pieces[taken], head, isLast: state.end != nil && taken == state.pieces.count - 1)
        }
    }
}

extension VariantInMaking.End {
    fileprivate var isBroken: Bool { if case .broken = self { true } else { false } }
}
