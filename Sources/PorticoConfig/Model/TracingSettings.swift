// `[tracing]`: which requests become spans, and where those are sent.

package struct TracingSettings: Sendable, Equatable {
    /// Where an OTLP/HTTP receiver listens; its base path is the whole path. Nil: no span is made.
    package var endpoint: TargetSettings?
    /// Of the requests that belong to nobody's trace yet.
    package var sampleRatio = 0.0
    /// Empty: the application's name.
    package var serviceName = ""
    /// Sent with each delivery, in order of their names. Their values are secrets.
    package var headers: [FieldSetting] = []
    /// Absolute; more of them, a line each. Empty: none.
    package var headersFile = ""

    package init() {}
}
