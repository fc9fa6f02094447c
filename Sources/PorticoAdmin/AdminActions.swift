// What the admin listener can show and do. The server behind it is somebody else's: this room knows no targets and no routes.
package import NIOCore
package import PorticoConfig
package import PorticoTelemetry

/// What `GET` answers, by its path.
package enum AdminDocument: String, Sendable, CaseIterable {
    case status = "/status"
    case routes = "/routes"
    case targets = "/targets"
    case balancerHealth = "/balancer/health"
    case balancerStatus = "/balancer/status"
    case config = "/config"
    case configHealth = "/config/health"
    case configStatus = "/config/status"
    case staticHealth = "/static/health"
    case staticStatus = "/static/status"
    case logLevel = "/log-level"
}

package enum TargetOrder: String, Sendable, CaseIterable {
    case enable, disable, drain
}

/// Called on an event loop: answers come from memory, nothing blocks.
package protocol AdminActions: Sendable {
    /// The document, and whether what it tells of is well: where not, the status is 503.
    func document(_ document: AdminDocument) -> (body: JSONText, isWell: Bool)
    /// The same for people; nil where there is only JSON.
    func table(_ document: AdminDocument) -> String?
    /// Everything that is counted, in Prometheus' text format. `done` is called once, on any thread.
    func metrics(_ done: @escaping @Sendable (ByteBuffer) -> Void)
    /// The state of things in one line of JSON, for the status page. `done` is called once, on any thread.
    func sample(_ done: @escaping @Sendable (ByteBuffer) -> Void)
    /// The last minutes in one line of JSON, for its charts.
    func history() -> ByteBuffer
    /// Requests that ended of late, and those to come.
    var recent: RecentRequests { get }
    /// Reads the configuration again and lets it take over, or says what is wrong with it. `done` is called once, on any
    /// thread.
    func reload(_ done: @escaping @Sendable (ReloadAnswer) -> Void)
    /// What the cache of the site at that host and path holds under a key, in words; nil where no site lies there.
    func cacheState(host: String, path: String, key: String) -> String?
    /// Until the next reload, lines below this level are not written; of one module, or (nil) of all without a level of their
    /// own. False: there is no such level or module.
    func setLogLevel(_ level: String, module: String?) -> Bool
    /// Does it to every target with this id and says how many there are.
    func order(_ order: TargetOrder, target id: String) -> Int
}

/// What came of a reload, for programs and for people.
package struct ReloadAnswer: Sendable {
    package let isDone: Bool
    package let body: JSONText
    package let text: String

    package init(isDone: Bool, body: JSONText, text: String) {
        self.isDone = isDone
        self.body = body
        self.text = text
    }
}
