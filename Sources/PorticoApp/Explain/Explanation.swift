// Why a request gets the answer it gets: the very pipeline that serves, run once without a network, and what it noted on its
// way. Files are looked at as they are now; nothing is sent to a backend. What a running server's cache holds is asked apart.
import NIOCore
package import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTransport
import PorticoUpstream

package struct Explanation: Sendable {
    package struct Request: Sendable {
        package var url: String
        package var method = "GET"
        /// `Name: value`, as curl takes them.
        package var fields: [String] = []

        package init(url: String, method: String = "GET", fields: [String] = []) {
            self.url = url
            self.method = method
            self.fields = fields
        }
    }

    package struct Step: Sendable, Equatable {
        package let name: String
        package let text: String
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    package let request: Request
    package internal(set) var steps: [Step] = []
    /// 0 where a backend would answer.
    package fileprivate(set) var status = 0
    package fileprivate(set) var fieldLines: [String] = []

    /// What a file cache knows the answer by, and where its site lies; nil where no file answers.
    let cached: (host: String, path: String, key: String)?

    package static func make(_ request: Request, by configuration: Configuration) async throws -> Explanation {
        let address = try Address(request.url)
        let group = try TransportGroup(threads: 1)
        let head = head(of: request, address)
        let eventLoop = group.nextLoop()
        let promise = eventLoop.makePromise(of: Explanation.self)
        eventLoop.execute {
            let loop = ServerLoop(eventLoop: eventLoop, limits: ServerLimits(configuration.server))
            let generation: Generation
            do {
                generation = try Generation(configuration, targets: TargetRegistry())
                generation.takeEffect()
            } catch {
                return promise.fail(error)
            }
            loop.use(RequestPipeline(loop: loop, index: 0, generation: generation, accessLog: nil))
            let exchange = DryExchange(loop: loop, isSecure: address.isSecure) { exchange in
                promise.succeed(Explanation(request, exchange))
            }
            exchange.run(head)
        }
        let explanation: Explanation
        do {
            explanation = try await promise.futureResult.get()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
        return explanation
    }

    private init(_ request: Request, _ exchange: DryExchange) {
        self.request = request
        steps = (exchange.trace?.steps ?? []).map { Step(name: $0.name, text: $0.text) }
        status = exchange.status
        fieldLines = exchange.fieldLines
        cached = exchange.trace?.cacheKey.map { key in
            (exchange.head.hostBytes.text, exchange.head.withWholePath(\.text), String(decoding: key, as: UTF8.self))
        }
    }

    private static func head(of request: Request, _ address: Address) -> ByteBuffer {
        var head = "\(request.method) \(address.target) HTTP/1.1\r\n"
        if !request.fields.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            head += "Host: \(address.authority)\r\n"
        }
        for field in request.fields { head += field + "\r\n" }
        return ByteBuffer(string: head + "\r\n")
    }

    /// `http://host:port/path?query`, or a path alone.
    private struct Address {
        var isSecure = false
        var authority = "localhost"
        var target = "/"

        init(_ url: String) throws {
            var rest = url[...]
            let lower = url.lowercased()
            if let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }) {
                isSecure = scheme == "https://"
                rest = rest.dropFirst(scheme.count)
                authority = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
                rest = rest.dropFirst(authority.count)
            } else if !url.hasPrefix("/") {
                throw Refusal(description: "expected a URL such as http://example.com/about, or a path such as /about")
            }
            // A fragment never leaves the browser.
            target = String(rest.prefix { $0 != "#" })
            if !target.hasPrefix("/") { target = "/" + target }
        }
    }
}
