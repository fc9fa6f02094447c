// `error_pages`: which file of the site tells of which error.

package struct ErrorPageRule: Sendable, Equatable {
    package var statuses: ClosedRange<Int>
    /// Relative to the site's directory.
    package var file: String

    package init(statuses: ClosedRange<Int>, file: String) {
        self.statuses = statuses
        self.file = file
    }

    package init(_ status: Int, _ file: String) { self.init(statuses: status...status, file: file) }

    /// Names one status, not a class of them.
    package var isSingle: Bool { statuses.count == 1 }

    /// `404`, or `5xx`.
    var name: String { isSingle ? "\(statuses.lowerBound)" : "\(statuses.lowerBound / 100)xx" }

    /// Reads the name of an error status or of a class of them.
    static func statuses(named name: String) -> ClosedRange<Int>? {
        switch name {
        case "4xx": return 400...499
        case "5xx": return 500...599
        default:
            guard name.utf8.count == 3, let status = Int(name), (400...599).contains(status) else { return nil }
            return status...status
        }
    }
}
