// The keys of `[[proxy]]` and `[proxy_defaults]`.
import PorticoCore

extension Schema {
    static let proxy = SectionSchema(
        ProxyDraft(),
        [
            SchemaKey(
                "path", .oneOrMore(.pathPattern), \.settings.paths,
                "Which paths: \"/health\" alone, \"/api/*\" for `/api` and below, \"*\" for all; or a list. Required."),
            SchemaKey(
                "host", .oneOrMore(.hostPattern), \.settings.hosts,
                "Only these hosts; `*.example.com` covers each subdomain."),
            .input("target", ValueCoder.target.optional, \.single, "The backend; either `target` or `targets`."),
            SchemaKey(
                "targets", .list(.target, minimum: 1), \.settings.targets,
                "Several backends: URLs, or tables with `url` and more."),
        ] + forwarding + messageRules)

    static let proxyDefaults = SectionSchema(
        ProxyDraft(), whenWrittenAsList: "[proxy_defaults] is written once, with single brackets",
        forwarding + messageRules
            + ["path", "host", "target", "targets"].map { name in
                SchemaKey(
                    name: name, doc: "Only in [[proxy]].", kind: nil,
                    read: { node, _, reading in
                        reading.fault("`\(name)` cannot have a default; it belongs in each [[proxy]]", at: node, .name)
                    }, print: nil)
            })

    /// The keys that routes and their defaults share.
    private static let forwarding: [SchemaKey<ProxyDraft>] =
        [
            SchemaKey("methods", .list(.method), \.settings.methods, "Only these methods; empty means any."),
            SchemaKey(
                "headers", fields: .matched, \.settings.headers,
                "Only requests that have each of these fields with exactly this value; `\"*\"` stands for any."),
            SchemaKey(
                "strip_prefix", .boolean, \.settings.stripPrefix,
                "Prefix routes drop their prefix: `/api/users` becomes `/users`. Others keep the path."),
            SchemaKey(
                "host_header", ValueCoder<HostHeader>.hostHeader.optional, \.settings.hostHeader,
                "The `Host` the backend sees: the client's, the target's, or this text. Not set: the client's, and the "
                    + "target's to targets over https."),
            SchemaKey(
                "timeout", .limit, \.settings.timeout,
                "From the last bytes of the request sent to the response head; then 504."),
            SchemaKey("connect_timeout", .limit, \.settings.connectTimeout, "For a new connection to a target."),
            SchemaKey(
                "idle_timeout", ValueCoder<Duration>.limit.optional, \.settings.idleTimeout,
                "The longest time without a byte either way. Not set: 60 s, and 1 h for streams and WebSockets."),
            SchemaKey(
                "max_body_size", ValueCoder<ByteSize>.size().optional, \.settings.maxBodySize,
                "A request body; above it 413. 0 means unlimited; not set: the server's limit."),
            SchemaKey(
                "protocol", .choice(), \.settings.protocol,
                "What the backend speaks: HTTP/1.1 (`http`, WebSockets among it; `websocket`, which takes nothing else), "
                    + "HTTP/2 in clear text (`h2c`) or over TLS (`h2`), or gRPC: HTTP/2 in the way the target's scheme says."
            ),
            SchemaKey("pool", table: pool, \.settings.pool, "Idle connections to the targets."),
            SchemaKey("tls", table: upstreamTLS, \.settings.tls, "How `https` targets are trusted."),
            healthCheckKey,
            SchemaKey(
                "health_interval", .duration(.milliseconds(100)), \.settings.healthInterval,
                "The time between two health checks of a target, less up to a fifth at random."),
            SchemaKey(
                "circuit_breaker", optional: circuitBreaker, \.settings.circuitBreaker,
                "Keeps requests from a target that fails, one breaker per target. Not set: none."),
            SchemaKey(
                "fallback", optional: fallback, \.settings.fallback,
                "The answer where no target gave one. Not set: 502, 503 or 504 with a short text."),
        ] + balancing + policies()

    static let pool = SectionSchema(
        PoolSettings(),
        [
            SchemaKey(
                "max_idle", .integer(0...100_000), \.maxIdle,
                "Idle connections kept per target, over all event loops; 0 keeps none."),
            SchemaKey("idle_timeout", .limit, \.idleTimeout, "How long an idle connection is kept."),
            SchemaKey("max_lifetime", .limit, \.maxLifetime, "After this a connection is not used again."),
        ])

    static let upstreamTLS = SectionSchema(
        UpstreamTLSSettings(),
        [
            SchemaKey(
                "verify", .boolean, \.verify, "Refuse targets whose certificate is not trusted or names another host."),
            SchemaKey(
                "ca_file", .path(allowsEmpty: true), \.caFile,
                "The only certificate authorities to trust, as a PEM file; `\"\"` takes the system's."),
            SchemaKey(
                "server_name", .serverName, \.serverName,
                "The name to ask for (SNI) and to find in the certificate; `\"\"` takes the target's host."),
            SchemaKey(
                "cert_file", .path(allowsEmpty: true), \.certFile,
                "A certificate chain to show to targets that ask for one, as a PEM file."),
            SchemaKey("key_file", .path(allowsEmpty: true), \.keyFile, "The private key of `cert_file`."),
        ])

    static let target = SectionSchema(
        TargetDraft(),
        [
            SchemaKey(
                "url", ValueCoder<TargetSettings>.targetURL, \.location,
                "`http://host[:port][/base]`, `https://…` or `unix:/path`. Required."),
            SchemaKey(
                "id", ValueCoder<String>.text().optional, \.id, "The name in logs; `host:port` unless named."),
            SchemaKey("enabled", .boolean, \.enabled, "A disabled target gets no requests."),
            SchemaKey(
                "weight", .integer(1...1000), \.weight,
                "Its share of the requests, beside the others'; `round_robin` goes by turns alone."),
            SchemaKey("backup", .boolean, \.backup, "Gets requests only while no other target can take them."),
            SchemaKey(
                "max_connections", .integer(0...1_000_000), \.maxConnections,
                "Requests and upgraded connections at once; more wait in `queue`. 0 is no limit."),
        ])

    /// `[[proxy]]`, each starting from `[proxy_defaults]`.
    static let proxies = SchemaKey<ConfigurationDraft>(
        name: "proxy", doc: "Routes to backends. The first match in file order wins; they come before static files.",
        kind: { .tables(proxy.describe()) },
        read: { node, draft, reading in
            guard case .array(let nodes) = node.value else {
                reading.fault(
                    "routes are written [[proxy]], with double brackets", at: node, .name, suggestion: "[[proxy]]")
                return
            }
            let inherited = reading.accepted.filter { $0.key.hasPrefix("proxy_defaults.") }
            for node in nodes {
                var route = draft.proxyDefaults
                for (path, value) in inherited {
                    reading.accept(value, as: "\(node.path).\(path.dropFirst("proxy_defaults.".count))")
                }
                if case .table = node.value {
                    proxy.read(node, into: &route, &reading)
                    route.settle(node, &reading)
                } else {
                    reading.mismatch(node, expected: "a table")
                }
                draft.proxies.append(route)
            }
        },
        print: { .tables($0.proxies.map { proxy.printed($0) }) })
}
