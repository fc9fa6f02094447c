// When a log file is finished by its age. How large it may grow, and what happens to it then, is FileSink's part. Pure.
import PorticoConfig

struct RotationRule: Sendable, Equatable {
    enum Period: Int64, Sendable {
        case hour = 3600
        case day = 86_400
    }

    /// Whether the configured size ends a file.
    let bySize: Bool
    /// Whether time does, and which.
    let period: Period?

    init(_ strategy: RotationStrategy) {
        bySize = strategy == .size || strategy == .sizeAndTime
        period =
            switch strategy {
            case .size: nil
            case .daily, .sizeAndTime: .day
            case .hourly: .hour
            }
    }

    /// Whether a file whose lines began at `start` must not take one of `now` (seconds since 1970, UTC). A clock that was
    /// set back ends nothing.
    func isOver(start: Int64, now: Int64) -> Bool {
        guard let period else { return false }
        return now / period.rawValue > start / period.rawValue
    }
}
