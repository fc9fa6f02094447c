// What follows from several keys together: the listen list, absolute defaults, a route's targets.

extension ConfigurationDraft {
    /// Flags replace the list; a file gives either the list or host and port.
    mutating func settleListen(file: ConfigNode, overrides: ConfigOverrides, _ reading: inout Reading) {
        let entries = file.entries["server"]?.entries ?? [:]
        if entries["listen"] != nil {
            for name in ["host", "port"] {
                guard let node = entries[name] else { continue }
                reading.fault("`\(name)` in [server] does not go together with `listen`", at: node, .name)
            }
        }
        let isOverridden = overrides.host != nil || overrides.port != nil
        guard isOverridden || entries["listen"] == nil else { return }
        server.settings.listen = [.tcp(host: server.host, port: server.port)]
        reading.forget("server.listen")
        let decisive = ["server.port", "server.host"].compactMap { reading.accepted[$0] }
        let flag = decisive.first { if case .commandLine = $0.origin { true } else { false } }
        if let node = flag ?? decisive.first { reading.accept(node, as: "server.listen") }
    }

    /// Defaults are relative to the file as well.
    mutating func settlePaths(_ reading: Reading) {
        for index in sites.indices {
            sites[index].directory = FilePathText.absolute(sites[index].directory, from: reading.fileDirectory)
        }
        logging.directory = FilePathText.absolute(logging.directory, from: reading.fileDirectory)
    }
}

extension ProxyDraft {
    /// Joins `target` and `targets`, and checks what a route needs.
    mutating func settle(_ node: ConfigNode, _ reading: inout Reading) {
        let entries = node.entries
        settleRewrite(node, &reading)
        if entries["path"] == nil {
            reading.fault("a [[proxy]] needs `path`", at: node, .name, expected: "path = \"/api/*\"")
        }
        switch (entries["target"], entries["targets"]) {
        case (nil, nil):
            reading.fault(
                "a [[proxy]] needs `target` or `targets`", at: node, .name,
                expected: "target = \"http://127.0.0.1:3000\"")
        case (.some, .some(let targets)):
            reading.fault("`targets` in [[proxy]] does not go together with `target`", at: targets, .name)
        case (.some(let target), nil):
            settings.targets = single.map { [$0] } ?? []
            if single != nil { reading.accept(target, as: "\(node.path).targets") }
        case (nil, .some(let targets)):
            checkIdentities(targets, &reading)
        }
        checkProtocol(node, &reading)
    }

    /// What is spoken must fit how targets are reached.
    private func checkProtocol(_ node: ConfigNode, _ reading: inout Reading) {
        let place = entriesPlace(node)
        let secure = settings.targets.count { $0.transport == .tls }
        switch settings.protocol {
        case .h2c where secure > 0:
            reading.fault(
                "`protocol` in [[proxy]]: \"h2c\" is HTTP/2 in clear text, and a target is `https`", at: place,
                expected: "\"h2\"", suggestion: "h2")
        case .h2 where secure < settings.targets.count:
            reading.fault(
                "`protocol` in [[proxy]]: \"h2\" is HTTP/2 over TLS, and a target is not `https`", at: place,
                expected: "\"h2c\"", suggestion: "h2c")
        default: break
        }
    }

    private func entriesPlace(_ node: ConfigNode) -> ConfigNode {
        node.entries["protocol"] ?? node.entries["target"] ?? node.entries["targets"] ?? node
    }

    private func checkIdentities(_ node: ConfigNode, _ reading: inout Reading) {
        guard case .array(let nodes) = node.value, nodes.count == settings.targets.count else { return }
        var seen: Set<String> = []
        for (target, node) in zip(settings.targets, nodes) where !seen.insert(target.id).inserted {
            reading.fault(
                "`\(node.path.leaf)` in [[proxy]]: another target has the id \"\(ConfigValue.excerpt(target.id))\"; "
                    + "give one of them an `id` of its own", at: node)
        }
    }
}
