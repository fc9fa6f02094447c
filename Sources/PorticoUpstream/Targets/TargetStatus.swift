// A target's state at one moment as a plain value, for those who show it.
package import PorticoCore

package struct TargetStatus: Sendable {
    package let identity: TargetIdentity
    package let mode: TargetState.Mode
    package let health: TargetState.Health
    package let standing: Standing
    /// Since when mode and health are what they are.
    package let since: MonotonicTime
    package let inFlight: Int
    package let successes: Int
    package let failures: Int
    /// The usual time to a response head; zero where none came yet.
    package let latency: Interval
    package let lastError: String?
    package let lastErrorAt: MonotonicTime?
    /// Nil where the route has none.
    package let breaker: CircuitBreaker?
    package let modeChanges: Int
    package let healthChanges: Int
    package let checks: Int
    /// What the last check found wrong; nil where it passed.
    package let lastCheckFailure: String?
}
