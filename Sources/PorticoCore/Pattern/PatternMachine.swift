// Runs a pattern's program over a text: all ways at once, a byte at a time, the preferred ones first. No instruction is
// followed twice at one place of the text, so the work is at most program times text.

struct PatternMachine {
    /// The instructions that wait for the next byte, by preference, with the places that each way has noted.
    private struct Ways {
        var list: [Int] = []
        /// `noteCount` places for each entry of `list`.
        var notes: [Int] = []

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            notes.removeAll(keepingCapacity: true)
        }
    }

    private let pattern: Pattern
    private let noteCount: Int
    private var now = Ways()
    private var next = Ways()
    /// By instruction: the step in which it was last followed.
    private var followed: [Int]
    private var step = 0
    /// The places noted on the way that is being followed.
    private var notes: [Int]
    private var best: [Int]?

    init(_ pattern: Pattern) {
        self.pattern = pattern
        noteCount = pattern.groupCount * 2 + 2
        followed = Array(repeating: 0, count: pattern.program.count)
        notes = Array(repeating: -1, count: noteCount)
    }

    mutating func run(_ text: UnsafeRawBufferPointer) -> PatternMatch? {
        for place in 0...text.count {
            step += 1
            next.clear()
            if place > 0 { advance(over: text[place - 1], to: place, of: text.count) }
            // A later start is the least preferred way.
            if best == nil, place == 0 || !pattern.isAnchored {
                for index in 0..<noteCount { notes[index] = -1 }
                _ = follow(0, at: place, of: text.count)
            }
            swap(&now, &next)
            if now.list.isEmpty, best != nil || pattern.isAnchored { break }
        }
        return best.map(PatternMatch.init)
    }

    /// Moves each way that takes the byte; what is less preferred than a match is dropped.
    private mutating func advance(over byte: UInt8, to place: Int, of end: Int) {
        for index in 0..<now.list.count {
            guard case .set(let set) = pattern.program[now.list[index]], set.contains(byte) else { continue }
            for note in 0..<noteCount { notes[note] = now.notes[index * noteCount + note] }
            if follow(now.list[index] + 1, at: place, of: end) { return }
        }
    }

    /// Follows a way as far as it goes without a byte; true where it ends in a match. Not deeper than the program is long.
    private mutating func follow(_ start: Int, at place: Int, of end: Int) -> Bool {
        var counter = start
        while followed[counter] != step {
            followed[counter] = step
            switch pattern.program[counter] {
            case .set:
                next.list.append(counter)
                next.notes += notes
                return false
            case .jump(let target): counter = target
            case .split(let first, let second):
                if follow(first, at: place, of: end) { return true }
                counter = second
            case .note(let note):
                let before = notes[note]
                notes[note] = place
                let matched = follow(counter + 1, at: place, of: end)
                notes[note] = before
                return matched
            case .start:
                guard place == 0 else { return false }
                counter += 1
            case .end:
                guard place == end else { return false }
                counter += 1
            case .match:
                best = notes
                return true
            }
        }
        return false
    }
}
