// Asking a site of the test's own, in few words.
import PorticoConfig
import PorticoTesting
import Testing

/// A server in front of a site, and how to ask it.
struct ServedSite {
    let site: TempSite
    let server: LiveServer

    func get(_ path: String, _ lines: String..., method: String = "GET") throws -> RawResponse {
        try get(path, lines: lines, method: method)
    }

    func get(_ path: String, lines: [String], method: String = "GET") throws -> RawResponse {
        let fields = lines.map { $0 + "\r\n" }.joined()
        return try RawClient(server.port).exchange("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    }
}

func serving(
    _ site: TempSite, isolation: isolated (any Actor)? = #isolation, _ change: (inout Configuration) -> Void = { _ in },
    _ body: (ServedSite) async throws -> Void
) async throws {
    var configuration = site.configuration
    change(&configuration)
    try await withServer(site, configuration) { server in try await body(ServedSite(site: site, server: server)) }
}
