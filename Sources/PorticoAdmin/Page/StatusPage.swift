// The status page: one document without anything to load, the same for everybody. What it shows it asks the admin
// listener for, under the same rules as any other client. Its style and script are in the files beside this one.
import NIOCore
import PorticoHTTP

enum StatusPage {
    static func send(_ exchange: Exchange) {
        var random = SystemRandomNumberGenerator()
        let nonce = String(random.next(), radix: 36) + String(random.next(), radix: 36)
        var fields = ByteBuffer()
        fields.writeField("Content-Type", "text/html; charset=utf-8")
        // Nothing but its own script runs here, whatever a log line may hold; no other page may frame its buttons.
        fields.writeField(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
                + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        fields.writeStaticString(
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n")
        exchange.respond(status: 200, fields: fields, body: ByteBuffer(string: document(nonce)))
    }

    private static func document(_ nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Portico</title>
        <meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
        <style nonce="\(nonce)">\(style)</style></head><body>
        \(markup)
        <script nonce="\(nonce)">\(script)</script></body></html>

        """
    }

    private static let markup = """
        <header><h1><i id="live" role="img" aria-label="not connected"></i><span id="name">Portico</span></h1>
        <p id="about"></p><button id="reload">Reload configuration</button></header>
        <p id="notice" role="status" hidden></p>
        <form id="access" hidden><label>This listener asks for its token.
        <input id="token" type="password" autocomplete="off" required></label><button>Show</button></form>
        <main>
        <section id="tiles" aria-label="Figures"></section>
        <div class="pair">
        <section><h2>Requests per second</h2><p class="key"><b class="k1">all</b><b class="k4">5xx</b></p>
        <svg id="rates" role="img" aria-label="Requests per second over five minutes"></svg></section>
        <section><h2>Latency</h2><p class="key"><b class="k1">p50</b><b class="k2">p95</b><b class="k3">p99</b></p>
        <svg id="latency" role="img" aria-label="Latency over five minutes"></svg></section>
        </div>
        <section id="targets-card"><h2>Targets</h2><p class="more" id="more-targets"></p>
        <table id="targets"><thead><tr><th>Target<th>Route<th>State<th>Breaker<th class="n">Running
        <th class="n">Answered<th class="n">Failed<th class="n">Latency<th>Last fault<th>Orders</tr></thead>
        <tbody></tbody></table></section>
        <section><h2>Routes</h2><p class="more" id="more-routes"></p>
        <table id="routes"><thead><tr><th>Route<th class="n">Req/s<th class="n">Requests<th class="n">4xx
        <th class="n">5xx<th class="n">p50<th class="n">p95<th class="n">Sent</tr></thead>
        <tbody></tbody></table></section>
        <section><h2>Recent errors</h2><p class="empty" id="no-errors">None.</p>
        <ol id="errors" class="log"></ol></section>
        <section><h2>Requests</h2><form id="filter"><label>Status <select id="status">
        <option value="">all<option value="2xx">2xx<option value="3xx">3xx
        <option value="4xx">4xx<option value="5xx">5xx</select></label>
        <label>Slower than <input id="slower" type="number" min="0" step="any" placeholder="0"> ms</label>
        <label class="wide">Holds
        <input id="holds" type="search" maxlength="200" placeholder="path, route, target, client"></label>
        <button type="button" id="pause" aria-pressed="false">Pause</button></form>
        <p class="more" id="skipped"></p>
        <ol id="log" class="log" tabindex="0" aria-label="Requests"></ol></section>
        <section>
        <details id="config"><summary><h2>Configuration</h2></summary>
        <p class="more">What is in effect, and where each value comes from. Secrets are left out.</p>
        <pre></pre></details></section>
        </main>
        """
}
