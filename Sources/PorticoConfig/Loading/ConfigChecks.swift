// Errors that no single value shows: ports taken twice, certificates that are not there.

struct ConfigChecks {
    let draft: ConfigurationDraft
    /// The file's tree, its variables replaced.
    let file: ConfigNode
    let surroundings: Surroundings

    func run(_ reading: inout Reading) {
        checkListen(&reading)
        checkAdmin(&reading)
        checkFallbacks(&reading)
        checkHealthChecks(&reading)
        checkUpstreamTLS(&reading)
        checkStickySecrets(&reading)
        checkTracing(&reading)
        guard draft.ssl.enabled else { return }
        checkCertificate("cert_file", draft.ssl.certFile, &reading)
        checkCertificate("key_file", draft.ssl.keyFile, &reading)
        checkPort(&reading)
    }

    private func checkListen(_ reading: inout Reading) {
        guard let list = reading.accepted["server.listen"], case .array(let nodes) = list.value else { return }
        var seen: Set<ListenAddress> = []
        for (address, node) in zip(draft.server.settings.listen, nodes) where !seen.insert(address).inserted {
            // Port 0 takes another free one each time.
            if case .tcp(_, 0) = address { continue }
            reading.fault("`\(node.path.leaf)` in [server]: \(address) stands in the list twice", at: node)
        }
    }

    private func checkAdmin(_ reading: inout Reading) {
        let entries = file.entries["admin"]?.entries ?? [:]
        let admin = draft.admin
        if let node = entries["token_file"], !admin.tokenFile.isEmpty {
            if !admin.token.isEmpty {
                reading.fault("`token_file` in [admin] does not go together with `token`", at: node, .name)
            } else if surroundings.inspect(admin.tokenFile) == nil {
                reading.fault("`token_file` in [admin]: there is no file \(admin.tokenFile)", at: node)
            }
        }
        guard admin.enabled, !admin.isLoopback, admin.token.isEmpty, admin.tokenFile.isEmpty else { return }
        guard let node = entries["host"], node.value.isResolved else { return }
        reading.fault(
            "[admin] on \(admin.host) can be reached from elsewhere; it needs a `token` or a `token_file`", at: node,
            expected: "token = \"${PORTICO_ADMIN_TOKEN}\"")
    }

    private func checkFallbacks(_ reading: inout Reading) {
        for (index, route) in draft.proxies.enumerated() {
            guard let fallback = route.settings.fallback, !fallback.file.isEmpty else { continue }
            guard let node = reading.accepted["proxy[\(index)].fallback.file"] else { continue }
            if !fallback.body.isEmpty {
                reading.fault("`file` in [proxy.fallback] does not go together with `body`", at: node, .name)
            }
            if surroundings.inspect(fallback.file)?.kind != .file {
                reading.fault("`file` in [proxy.fallback]: there is no file \(fallback.file)", at: node)
            }
        }
    }

    /// gRPC is spoken over HTTP/2 alone, a WebSocket here over HTTP/1.1 alone.
    private func checkHealthChecks(_ reading: inout Reading) {
        var seen: Set<String> = []
        for (index, route) in draft.proxies.enumerated() {
            guard let check = route.settings.healthCheck, check.enabled,
                let node = reading.accepted["proxy[\(index)].health_check.type"],
                check.type == .grpc && !route.settings.protocol.isHTTP2
                    || check.type == .websocket && route.settings.protocol.isHTTP2,
                seen.insert(node.path.description).inserted
            else { continue }
            let needed = check.type == .grpc ? "\"grpc\", \"h2\" or \"h2c\"" : "\"http\" or \"websocket\""
            reading.fault(
                "\(node.path.named): \"\(check.type.rawValue)\" goes with `protocol` \(needed), "
                    + "not with \"\(route.settings.protocol.rawValue)\"", at: node)
        }
    }

    private func checkStickySecrets(_ reading: inout Reading) {
        guard case .array(let routes)? = file.entries["proxy"]?.value else { return }
        let places = [file.entries["proxy_defaults"]].compactMap(\.self) + routes
        for place in places {
            guard let node = place.entries["sticky_sessions"]?.entries["secret_file"],
                case .string(let text) = node.value, !text.isEmpty
            else { continue }
            let path = FilePathText.absolute(text, from: reading.baseDirectory(of: node))
            guard let facts = surroundings.inspect(path), facts.kind != .directory else {
                reading.fault("\(node.path.named): there is no file \(path)", at: node)
                continue
            }
            if !facts.isReadable {
                reading.fault("\(node.path.named): \(path) cannot be read", at: node)
            }
        }
    }

    private func checkTracing(_ reading: inout Reading) {
        let path = draft.tracing.headersFile
        guard !path.isEmpty, let node = file.entries["tracing"]?.entries["headers_file"] else { return }
        if surroundings.inspect(path) == nil {
            reading.fault("`headers_file` in [tracing]: there is no file \(path)", at: node)
        }
    }

    private func checkCertificate(_ key: String, _ path: String, _ reading: inout Reading) {
        let section = file.entries["ssl"]
        guard let node = section?.entries[key], !path.isEmpty else {
            if let node = section?.entries[key] ?? section?.entries["enabled"], node.value.isResolved {
                reading.fault("[ssl] needs `\(key)` while it is enabled", at: node, .name, expected: "\(key) = \"…\"")
            }
            return
        }
        switch surroundings.inspect(path) {
        case nil: reading.fault("`\(key)` in [ssl]: there is no file \(path)", at: node)
        case .some(let facts) where facts.kind == .directory:
            reading.fault("`\(key)` in [ssl]: \(path) is a directory, expected a PEM file", at: node)
        case .some(let facts) where !facts.isReadable:
            reading.fault("`\(key)` in [ssl]: \(path) cannot be read: permission denied", at: node)
        default: break
        }
    }

    private func checkPort(_ reading: inout Reading) {
        let taken = draft.server.settings.listen.contains {
            if case .tcp(_, let port) = $0 { port == draft.ssl.port && port != 0 } else { false }
        }
        guard taken, let node = reading.accepted["ssl.port"] ?? file.entries["ssl"]?.entries["enabled"] else { return }
        reading.fault("`port` in [ssl]: \(draft.ssl.port) already serves plain HTTP", at: node)
    }
}
