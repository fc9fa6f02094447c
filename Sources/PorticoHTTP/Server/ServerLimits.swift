// The bounds of `[server]` in the form the connections use: nanoseconds and bytes.
package import PorticoConfig
import PorticoCore

package struct ServerLimits: Sendable {
    let headerTimeout: Interval
    let bodyIdleTimeout: Interval
    let keepAliveTimeout: Interval
    let writeIdleTimeout: Interval
    let head: RequestHeadParser.Limits
    let maxBodySize: Int
    package let http2: Bool

    /// Bytes held of what a client sends ahead of our answers, and of a body nobody reads.
    static let readAhead = 64 << 10
    /// An unread request body up to this length is read and dropped; a longer one ends the connection.
    static let drainableBody = 64 << 10
    /// How long a closed connection waits for the client to take the last answer and close.
    static let lingerTime = Interval.seconds(2)

    package init(_ settings: ServerSettings) {
        headerTimeout = Interval(settings.headerTimeout)
        bodyIdleTimeout = Interval(settings.bodyIdleTimeout)
        keepAliveTimeout = Interval(settings.keepAliveTimeout)
        writeIdleTimeout = Interval(settings.writeIdleTimeout)
        head = RequestHeadParser.Limits(head: settings.maxHeaderSize.bytes)
        maxBodySize = settings.maxBodySize.bytes
        http2 = settings.http2
    }
}
