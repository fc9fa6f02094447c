// What the access line tells of an exchange besides its head: plain numbers and names, filled in along the way by whoever
// knows them.
package import PorticoCore

package struct ExchangeRecord {
    package var started = MonotonicTime(nanoseconds: 0)
    package var id = RequestID(value: 0)
    /// The id that a trusted proxy gave the request; it takes the place of ours wherever ids are shown.
    package var givenID: Label?
    package var status = 0
    /// Body bytes, both ways; raw bytes after an upgrade.
    package var bytesIn = 0
    package var bytesOut = 0
    package var route: Label?
    /// The route's row in what is counted; 0 where there is no route.
    package var routeRow = 0
    package var target: Label?
    /// How long it waited for room at any target; below zero: it was none for a backend.
    package var queueNanoseconds: Int64 = -1
    /// Until the last attempt's connection was there, 0 for one that was kept; below zero: none was asked for.
    package var connectNanoseconds: Int64 = -1
    /// From the request's first byte upstream to the response's head; below zero: there was no head.
    package var upstreamNanoseconds: Int64 = -1
    /// When that head came.
    package var headAt = MonotonicTime.never
    package var attempts = 0
    package var reason = EndReason.ok
    package var cache = CacheStanding.none
    package var breaker = BreakerStanding.none
    package var trace = TraceStanding.none

    package init() {}
}

/// Where the bytes of a file came from.
package enum CacheStanding: UInt8, Sendable, CaseIterable {
    /// No file was asked for.
    case none
    /// From memory.
    case hit
    /// The folder was asked, for this request or for one at the same time.
    case miss
    /// The file was in memory, its compressed form was made or read.
    case encoded

    package var text: StaticString {
        switch self {
        case .none: ""
        case .hit: "hit"
        case .miss: "miss"
        case .encoded: "encoded"
        }
    }
}

/// How the target's circuit breaker stood when the request was sent there.
package enum BreakerStanding: UInt8, Sendable, CaseIterable {
    /// It has none, or there was no target.
    case none
    case closed, open, halfOpen

    package var text: StaticString {
        switch self {
        case .none: ""
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}

/// Whose trace the request belongs to.
package enum TraceStanding: UInt8, Sendable {
    /// Nobody asked.
    case none
    /// The head's `traceparent` names it.
    case continued
    /// Ours: this request is its root.
    case started
}

extension HeadWriter {
    /// The field with the id that the request is known by.
    package mutating func writeRequestID(of exchange: Exchange) {
        write("X-Request-ID: ")
        if let given = exchange.record.givenID { write(given.bytes) } else { write(exchange.record.id) }
        write("\r\n")
    }
}
