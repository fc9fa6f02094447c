// Which row of counters belongs to which route. Names stay known as long as the process lives, so that a reload loses no
// count; their number is bounded, so that no configuration and no series of reloads can make `/metrics` grow for ever.
import Synchronization

package final class RouteNames: Sendable {
    /// Routes and sites with counts of their own; all that come later share `other`.
    package static let limit = 1_024
    /// Rows: those, and the three that are always there.
    static let rows = limit + 3
    /// Of requests that no route and no site took, such as those refused before they were read.
    package static let none = 0
    package static let other = 1
    package static let redirect = 2

    private struct State {
        var names = ["none", "other", "redirect"]
        var rows: [String: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// The row of a route: the one it had, a new one, or that of the others.
    package func row(of name: String) -> Int {
        state.withLock { state in
            if let known = state.rows[name] { return known }
            guard state.names.count < Self.rows else { return Self.other }
            state.rows[name] = state.names.count
            state.names.append(name)
            return state.names.count - 1
        }
    }

    /// By row.
    package var all: [String] { state.withLock { $0.names } }
}
