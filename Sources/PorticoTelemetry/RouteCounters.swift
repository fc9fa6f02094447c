// The row of counters that each event loop has of each route: which number lies where.

enum RouteCell {
    // What nearly every request touches lies together.
    static let bytesIn = 0
    static let bytesOut = 1
    static let durationSum = 2
    static let upstreamSum = 3
    static let retries = 4
    static let requests = 8
    static let durations = requests + RequestKind.count
    static let upstreams = durations + LatencyBuckets.count
    /// Room for a row, in whole cache lines.
    static let stride = 96
}

/// Method and class of status of a request, as one small number.
package enum RequestKind {
    /// In the order that callers number methods by; the last is any other.
    package static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "other"]
    /// The first is of exchanges that ended without any status.
    package static let classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]

    static let count = 48

    @inline(__always)
    static func index(method: Int, status: Int) -> Int {
        let family = status < 600 && status >= 0 ? status / 100 : 0
        return min(method, 7) * 6 + family
    }
}

/// What is known of one route: the sum over all event loops.
package struct RouteFigures: Sendable {
    package let name: String
    /// By method, then by class of status.
    package fileprivate(set) var requests = [Int](repeating: 0, count: RequestKind.count)
    /// By bucket of `LatencyBuckets`. Upgraded connections are not in them: they last as long as somebody wants.
    package fileprivate(set) var durations = [Int](repeating: 0, count: LatencyBuckets.count)
    package fileprivate(set) var durationNanoseconds = 0
    /// To the response head of a backend.
    package fileprivate(set) var upstreams = [Int](repeating: 0, count: LatencyBuckets.count)
    package fileprivate(set) var upstreamNanoseconds = 0
    package fileprivate(set) var bytesIn = 0
    package fileprivate(set) var bytesOut = 0
    /// Attempts beyond the first.
    package fileprivate(set) var retries = 0

    init(name: String) { self.name = name }

    package var total: Int { requests.reduce(0, +) }

    /// Requests of a class of status, whatever their method.
    package func total(ofClass family: Int) -> Int {
        stride(from: family, to: RequestKind.count, by: RequestKind.classes.count).reduce(0) { $0 + requests[$1] }
    }

    mutating func add(_ memory: CounterMemory, from start: Int) {
        for index in requests.indices { requests[index] += memory[start + RouteCell.requests + index] }
        for index in durations.indices { durations[index] += memory[start + RouteCell.durations + index] }
        for index in upstreams.indices { upstreams[index] += memory[start + RouteCell.upstreams + index] }
        durationNanoseconds += memory[start + RouteCell.durationSum]
        upstreamNanoseconds += memory[start + RouteCell.upstreamSum]
        bytesIn += memory[start + RouteCell.bytesIn]
        bytesOut += memory[start + RouteCell.bytesOut]
        retries += memory[start + RouteCell.retries]
    }
}
