// How a route's targets share its requests.

package enum BalancingStrategy: String, Sendable, CaseIterable {
    case roundRobin = "round_robin"
    case weightedRoundRobin = "weighted_round_robin"
    case leastConnections = "least_connections"
    case random
    case powerOfTwo = "power_of_two"
    case leastLatency = "least_latency"
    case ipHash = "ip_hash"
    case consistentHash = "consistent_hash"
}

/// What `consistent_hash` goes by.
package enum HashKey: Sendable, Hashable {
    case clientIP, path
    case header(String)
    case cookie(String)
}

/// Requests that wait until a target has room below its `max_connections`.
package struct QueueSettings: Sendable, Equatable {
    /// 0: none waits.
    package var size = 200
    package var maxWait = Duration.seconds(5)

    package init() {}
}
