// The way of every request, step by step, in the order of docs/request-life.md. One pipeline per event loop.
import PorticoCore
import PorticoHTTP
import PorticoLog
import PorticoStatic

final class RequestPipeline: ExchangeHandler {
    private let loop: ServerLoop
    private let generation: Generation
    private let accessLog: AccessLog?

    init(loop: ServerLoop, generation: Generation, accessLog: AccessLog?) {
        self.loop = loop
        self.generation = generation
        self.accessLog = accessLog
    }

    func answer(_ exchange: Exchange) {
        begin(exchange)
        answerFromSite(exchange)
    }

    /// 1: the client's address through trusted proxies. Request id and clock were set when the head came in.
    private func begin(_ exchange: Exchange) {
        if !generation.trustedProxies.isEmpty {
            ForwardedClient.resolve(exchange, trusted: generation.trustedProxies)
        }
    }

    /// 6: the site answers what no route takes.
    private func answerFromSite(_ exchange: Exchange) {
        exchange.record.route = generation.siteRoute
        generation.site.answer(exchange, missing: answerHealth)
    }

    private func answerHealth(_ exchange: Exchange) -> Bool {
        guard generation.healthEndpoints, let response = HealthEndpoints.response(exchange.head) else { return false }
        exchange.respond(response)
        return true
    }

    /// 9: the access line, for every exchange.
    func record(_ exchange: Exchange) { accessLog?.append(exchange) }

    func tick(_ now: MonotonicTime) { accessLog?.handOver() }
}
