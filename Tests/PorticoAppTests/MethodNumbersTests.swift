// Methods are counted by number: the two rooms that know them must agree.
import PorticoHTTP
import PorticoTelemetry
import Testing

@testable import PorticoApp

@Test func `a method is counted under its own name`() {
    let known: [(HTTPMethod, String)] = [
        (.get, "GET"), (.head, "HEAD"), (.post, "POST"), (.put, "PUT"), (.delete, "DELETE"), (.options, "OPTIONS"),
        (.patch, "PATCH"),
    ]
    for (method, name) in known { #expect(RequestKind.methods[method.metricsIndex] == name) }
    for method in [HTTPMethod.connect, .trace, .other] {
        #expect(method.metricsIndex >= RequestKind.methods.count - 1)
    }
}
