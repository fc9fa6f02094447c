// What keeps requests from a target, or makes them come more slowly, as bits in one word: a request looks at the word, and
// at what stands behind a bit only where one is set.

package struct Standing: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An operator, or the configuration, took it out.
    package static let disabled = Standing(rawValue: 1)
    /// No new requests; those that run may end.
    package static let draining = Standing(rawValue: 2)
    /// Its health check says so.
    package static let down = Standing(rawValue: 4)
    /// Its circuit breaker is open.
    package static let open = Standing(rawValue: 8)
    /// Its circuit breaker is half open: a few requests try it. Whether this is one of them is asked each time.
    package static let probing = Standing(rawValue: 16)
    /// Requests wait far longer for it than is usual; others are preferred.
    package static let suspected = Standing(rawValue: 32)
    /// It came up a short while ago and gets less than its share.
    package static let warming = Standing(rawValue: 64)

    /// It is suspected, and the next request is to try it. Taken away by that request.
    package static let trial = Standing(rawValue: 128)

    /// Gets no request.
    package static let barred: Standing = [.disabled, .draining, .down, .open]
}
