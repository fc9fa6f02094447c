// Connections to a backend, counted for those who show them.

package struct ConnectionTally: Sendable {
    package var open = 0
    /// Of those, the ones that wait for a request.
    package var idle = 0

    package init(open: Int = 0, idle: Int = 0) {
        self.open = open
        self.idle = idle
    }

    package static func += (sum: inout ConnectionTally, tally: ConnectionTally) {
        sum.open += tally.open
        sum.idle += tally.idle
    }
}
