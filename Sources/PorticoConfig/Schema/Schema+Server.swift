// The keys of `[server]`, `[admin]` and `[ssl]`.
import PorticoCore

extension Schema {
    static let server = SectionSchema(
        ServerDraft(),
        [
            .input(
                "host", .bindHost, \.host, "The address to listen on; not together with `listen`.",
                default: "\"0.0.0.0\""),
            .input(
                "port", .integer(0...65_535), \.port,
                "The port to listen on; 0 takes any free one. Not together with `listen`.", default: "8080"),
            SchemaKey(
                "listen", .list(.listenAddress, minimum: 1), \.settings.listen,
                "Addresses to listen on, such as \"0.0.0.0:8080\", \"[::]:8080\" or \"unix:/run/portico.sock\"."),
            SchemaKey("threads", .integer(0...1024), \.settings.threads, "Event loops; 0 means one per core."),
            SchemaKey(
                "header_timeout", .limit, \.settings.headerTimeout,
                "From the first byte of a request to the end of its head; then 408."),
            SchemaKey(
                "body_idle_timeout", .limit, \.settings.bodyIdleTimeout,
                "The longest pause within a request body. Slow uploads that make progress are never cut."),
            SchemaKey(
                "keep_alive_timeout", .limit, \.settings.keepAliveTimeout,
                "How long a connection may stay idle between requests."),
            SchemaKey(
                "write_idle_timeout", .limit, \.settings.writeIdleTimeout,
                "The longest time without progress while a response is written."),
            SchemaKey(
                "shutdown_timeout", .duration(.zero), \.settings.shutdownTimeout,
                "How long running requests may take to end on shutdown."),
            SchemaKey(
                "max_connections", .integer(1...1_000_000), \.settings.maxConnections,
                "Client connections at a time."),
            SchemaKey(
                "memory_limit", .size(), \.settings.memoryLimit,
                "The memory that the process keeps below: caches shrink first, then new connections get 503. 0 is no limit."
            ),
            SchemaKey(
                "user", .text("a user", allowsEmpty: true), \.settings.user,
                "Whom Portico becomes once it listens, where root has started it; \"\" leaves it as it is."),
            SchemaKey(
                "group", .text("a group", allowsEmpty: true), \.settings.group,
                "The group it takes then; \"\" is the user's own."),
            SchemaKey(
                "max_header_size", .size(.kibibytes(1) ... .mebibytes(1)), \.settings.maxHeaderSize,
                "The whole request head; above it 431."),
            SchemaKey(
                "max_body_size", .size(), \.settings.maxBodySize, "A request body; above it 413. 0 means unlimited."),
            SchemaKey(
                "trusted_proxies", .list(.range), \.settings.trustedProxies,
                "Addresses whose `X-Forwarded-*`, `X-Request-ID` and `traceparent` are believed; the first is read from right to left."
            ),
            SchemaKey(
                "health_endpoints", .boolean, \.settings.healthEndpoints,
                "Answer `/health` and `/ping`, after proxy routes and existing files."),
            SchemaKey(
                "http2", .boolean, \.settings.http2,
                "Offer HTTP/2 over TLS, and take it by prior knowledge in clear text."),
            .later("proxy_protocol"),
        ])

    static let admin = SectionSchema(
        AdminSettings(),
        [
            SchemaKey("enabled", .boolean, \.enabled, "Whether there is an admin listener."),
            SchemaKey("host", .bindHost, \.host, "Its address. Another than loopback needs a token."),
            SchemaKey("port", .integer(0...65_535), \.port, "Its port; 0 takes any free one."),
            SchemaKey(
                "token", .secret, \.token, "What requests must show as `Authorization: Bearer …`; empty asks for none."),
            SchemaKey(
                "token_file", .path(allowsEmpty: true), \.tokenFile,
                "A file that holds the token; not together with `token`."),
        ])

    static let ssl = SectionSchema(
        SSLSettings(), whenWrittenAsList: "[ssl] is written once; several [[ssl]] are not in this version",
        [
            SchemaKey("enabled", .boolean, \.enabled, "Whether HTTPS is served."),
            SchemaKey("port", .integer(0...65_535), \.port, "The HTTPS port, on the hosts of `[server]`."),
            SchemaKey(
                "cert_file", .path(allowsEmpty: true), \.certFile,
                "The certificate chain, PEM. Required with `enabled`."),
            SchemaKey(
                "key_file", .path(allowsEmpty: true), \.keyFile, "Its private key, PEM. Required with `enabled`."),
            SchemaKey("min_version", .choice(), \.minVersion, "The oldest TLS version that is spoken."),
            .later("certificates"), .later("redirect_http"), .later("client_ca_file"), .later("client_auth"),
            .later("hsts"), .later("acme"), .later("passthrough"),
        ])
}
