// A finished request as the status page gets it.
package import PorticoConfig
package import PorticoTelemetry

extension RequestLine {
    package var json: JSONText {
        .object([
            ("time", .integer(Int(unixMilliseconds))), ("method", .string(method)), ("host", .string(host)),
            ("path", .string(path)), ("status", .integer(status)),
            ("ms", .number((milliseconds * 1000).rounded() / 1000)), ("bytes", .integer(bytesOut)),
            ("client", .string(client)), ("route", .string(route)), ("target", .string(target)),
            ("reason", .string(reason)), ("id", .string(shownID)),
        ])
    }
}
