// How near the process is to its memory limit, and which measures that calls for. Pure: what is used is told to it.

struct MemoryPressure: Sendable, Equatable {
    enum Level: Int, Comparable, Sendable {
        case calm
        /// Caches shrink.
        case tight
        /// New connections are refused.
        case full
        /// Connections without a request under way are closed.
        case over

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Another one counts from the next look on: what holds until then has to be ended in order.
    var limit: Int
    private(set) var level = Level.calm

    /// Hundredths of the limit from which each level holds.
    private static let marks = [0, 75, 88, 95]
    /// A level ends so much below its mark: no flutter.
    private static let slack = 5

    init(limit: Int) { self.limit = limit }

    mutating func update(_ used: Int) {
        guard limit > 0 else {
            level = .calm
            return
        }
        let hundredths = used * 100 / limit
        let reached = Self.marks.lastIndex { hundredths >= $0 } ?? 0
        let kept = Self.marks.lastIndex { hundredths >= $0 - Self.slack } ?? 0
        level = Level(rawValue: max(reached, min(kept, level.rawValue))) ?? .calm
    }
}
