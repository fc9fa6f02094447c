// When a request is tried again at another target.

package struct RetrySettings: Sendable, Equatable {
    /// Further attempts after the first.
    package var attempts = 2
    /// Retries as a share of the requests of the last ten seconds.
    package var budget = 0.2
    package var on: [RetryTrigger] = [.connect, .reset, .badGateway, .unavailable, .gatewayTimeout]

    package init() {}
}

package enum RetryTrigger: String, Sendable, CaseIterable {
    /// No connection came about: nothing was sent.
    case connect
    /// The backend closed before it had answered.
    case reset
    /// The backend did not answer within `timeout`.
    case timeout
    case badGateway = "502"
    case unavailable = "503"
    case gatewayTimeout = "504"
}
