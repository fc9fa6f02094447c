// The keys of `[[proxy]]` that say which target gets a request.
import PorticoCore

extension Schema {
    static let balancing: [SchemaKey<ProxyDraft>] = [
        SchemaKey("strategy", .choice(), \.settings.strategy, "How one of several targets is picked."),
        SchemaKey(
            "hash_key", .hashKey, \.settings.hashKey,
            "What `consistent_hash` goes by. Where a request has no such header or cookie, its client's address."),
        SchemaKey(
            "hash_balance_factor", ValueCoder<Double>.number(105...10_000).optional, \.settings.hashBalanceFactor,
            "With `consistent_hash` and `ip_hash`: at most so many hundredths of its share of the running requests go to a target; "
                + "keys beyond it go to the next. Not set: a key's target gets all of its requests."),
        SchemaKey(
            "slow_start", ValueCoder<Duration>.limit.optional, \.settings.slowStart,
            "A target that comes back gets a tenth of its share at first, and all of it after this time."),
        SchemaKey(
            "queue", table: queue, \.settings.queue, "Requests that wait for a target below its `max_connections`."),
        SchemaKey("retries", table: retries, \.settings.retries, "When a request is tried again, at another target."),
        stickySessions,
    ]

    static let queue = SectionSchema(
        QueueSettings(),
        [
            SchemaKey(
                "size", .integer(0...100_000), \.size, "How many wait at most, over all event loops; more get 503."),
            SchemaKey("max_wait", .limit, \.maxWait, "How long a request waits; then 503."),
        ])

    static let retries = SectionSchema(
        RetrySettings(),
        [
            SchemaKey("attempts", .integer(0...10), \.attempts, "Further attempts after the first; 0 for none."),
            SchemaKey(
                "budget", .number(0...1), \.budget,
                "Retries as a share of the requests of the last ten seconds; three at a time are always allowed."),
            SchemaKey(
                "on", .list(.choice(), minimum: 0), \.on,
                "What is retried: `connect` (nothing was sent), `reset` (closed before an answer), `timeout` (no answer "
                    + "within `timeout`), and answers of the backend by status."),
        ])
}

extension ValueCoder where Value == HashKey {
    static var hashKey: ValueCoder {
        parsed("\"client_ip\", \"path\", \"header:NAME\" or \"cookie:NAME\"") { text throws(TextProblem) in
            if text == "client_ip" { return .clientIP }
            if text == "path" { return .path }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2, TextRules.isToken(parts[1]) {
                if parts[0] == "header" { return .header(parts[1].lowercased()) }
                if parts[0] == "cookie" { return .cookie(parts[1]) }
            }
            throw TextProblem(
                "expected \"client_ip\", \"path\", \"header:NAME\" or \"cookie:NAME\", "
                    + "found \"\(ConfigValue.excerpt(text))\"",
                suggestion: NearestName.to(text, in: ["client_ip", "path"]))
        } print: { key in
            switch key {
            case .clientIP: "client_ip"
            case .path: "path"
            case .header(let name): "header:\(name)"
            case .cookie(let name): "cookie:\(name)"
            }
        }
    }
}
