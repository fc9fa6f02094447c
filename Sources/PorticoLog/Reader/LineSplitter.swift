// Pieces of a file -> whole lines, within bounded memory. What a line means is LogEntry's part.

/// Keeps the start of a line until its end has come. A line longer than any of ours is left out and counted.
struct LineSplitter {
    /// The longest line of ours is well below this.
    static let longestLine = 1 << 20

    private var pending: [UInt8] = []
    /// The rest of a line that is left out is still to come.
    private var isSkipping = false
    private(set) var skipped = 0

    /// Bytes of a line whose end has not come.
    var pendingCount: Int { pending.count }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ line: (UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.firstLine
            rest = rest.behind(piece)
            let isWhole = piece.last == 0x0A
            if pending.isEmpty, isWhole, !isSkipping {
                line(piece.start(piece.count - 1))
            } else {
                add(piece, isWhole: isWhole, line)
            }
        }
    }

    private mutating func add(
        _ piece: UnsafeRawBufferPointer, isWhole: Bool, _ line: (UnsafeRawBufferPointer) -> Void
    ) {
        if !isSkipping {
            pending.append(contentsOf: piece)
            if pending.count > Self.longestLine {
                isSkipping = true
                skipped += 1
                pending = []
            }
        }
        guard isWhole else { return }
        if !isSkipping { pending.withUnsafeBytes { line($0.start($0.count - 1)) } }
        isSkipping = false
        pending.removeAll(keepingCapacity: true)
    }

    /// The half line was cut off, or belongs to a file that is left.
    mutating func forget() {
        pending.removeAll(keepingCapacity: true)
        isSkipping = false
    }
}
