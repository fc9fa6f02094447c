// What a sampled request notes of its attempts at backends, for the spans that are made of it at its end. A request that is
// not sampled has none. Confined to its event loop.
package import PorticoCore

package final class SpanTrail {
    package struct Attempt {
        package let spanID: RequestID
        package let target: Label
        package let host: String
        package let port: Int
        fileprivate let origin: String
        package let began: MonotonicTime
        /// What the backend was asked for, without a query; empty where there was no connection.
        package fileprivate(set) var url = ""
        package fileprivate(set) var status = 0
        package fileprivate(set) var failure: EndReason?
        /// Nil: it lasted until the request ended.
        package fileprivate(set) var ended: MonotonicTime?
    }

    /// What comes after the last that is kept is not told.
    package static let limit = 16
    private static let longestPath = 1024

    package private(set) var attempts: [Attempt] = []
    /// Of the current attempt.
    package private(set) var spanID: RequestID
    private let requestID: RequestID
    private var count = 0

    init(_ requestID: RequestID) {
        self.requestID = requestID
        spanID = requestID
    }

    /// A request goes to a target. An attempt that still ran is given up.
    package func begin(target: Label, host: String, port: Int, isSecure: Bool) {
        let now = MonotonicTime.now()
        end(at: now)
        count += 1
        spanID = requestID.derived(count)
        guard attempts.count < Self.limit else { return }
        let origin = "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        attempts.append(
            Attempt(spanID: spanID, target: target, host: host, port: port, origin: origin, began: now))
    }

    /// The request as it goes out: `method SP path SP version …`.
    package func sent(_ requestHead: UnsafeRawBufferPointer) {
        let path = requestHead.drop { $0 != 0x20 }.dropFirst().prefix { $0 != 0x20 && $0 != 0x3F && $0 != 0x0D }
        note { $0.url = $0.origin + UnsafeRawBufferPointer(rebasing: path.prefix(Self.longestPath)).text }
    }

    package func answered(_ status: Int) { note { $0.status = status } }

    package func failed(_ reason: EndReason) {
        note { $0.failure = reason }
        end(at: .now())
    }

    private func end(at now: MonotonicTime) { note { $0.ended = now } }

    private func note(_ change: (inout Attempt) -> Void) {
        guard let last = attempts.indices.last, count == attempts.count, attempts[last].ended == nil else { return }
        change(&attempts[last])
    }
}
