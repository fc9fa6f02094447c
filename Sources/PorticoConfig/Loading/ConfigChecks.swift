// Errors that no single value shows: ports taken twice, certificates that are not there.

struct ConfigChecks {
    let draft: ConfigurationDraft
    /// The file's tree, its variables replaced.
    let file: ConfigNode
    let surroundings: Surroundings

    func run(_ reading: inout Reading) {
        checkListen(&reading)
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
