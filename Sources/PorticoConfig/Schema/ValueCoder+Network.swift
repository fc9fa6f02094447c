// Coders of hosts, addresses, paths and targets.
import PorticoCore

extension ValueCoder where Value == IPRange {
    static var range: ValueCoder {
        parsed("an address range such as \"10.0.0.0/8\"") { text throws(TextProblem) in
            guard let range = IPRange(text) else {
                let hint = text.contains("/") ? " without bits behind the prefix" : ""
                throw TextProblem(
                    "expected an address range such as \"10.0.0.0/8\"\(hint), found \"\(ConfigValue.excerpt(text))\"")
            }
            return range
        } print: {
            $0.description
        }
    }
}

extension ValueCoder where Value == String {
    /// A host name for TLS; empty stands for "not set".
    static var serverName: ValueCoder {
        parsed("a host name") { text throws(TextProblem) in
            guard text.isEmpty || NetworkRules.hostName(text) != nil && IPAddress(text) == nil else {
                throw TextProblem(
                    "expected a host name such as \"api.example.com\", found \"\(ConfigValue.excerpt(text))\"")
            }
            return text.lowercased()
        } print: {
            $0
        }
    }

    static var bindHost: ValueCoder {
        parsed("a host or address") { text throws(TextProblem) in
            guard let host = NetworkRules.host(text) else {
                throw TextProblem("expected a host or address without a port, found \"\(ConfigValue.excerpt(text))\"")
            }
            return host
        } print: {
            $0
        }
    }

    static var hostPattern: ValueCoder {
        parsed("a host such as \"example.com\" or \"*.example.com\"", NetworkRules.hostPattern) { $0 }
    }
}

extension ValueCoder where Value == ListenAddress {
    static var listenAddress: ValueCoder {
        parsed("an address such as \"0.0.0.0:8080\"", NetworkRules.listenAddress) { $0.description }
    }
}

extension ValueCoder where Value == PathPattern {
    static var pathPattern: ValueCoder {
        parsed("a path such as \"/health\", \"/api/*\" or \"*\"") { text throws(TextProblem) in
            try PathPattern(text: text)
        } print: {
            $0.description
        }
    }
}

extension ValueCoder where Value == HostHeader {
    static var hostHeader: ValueCoder {
        parsed("\"client\", \"target\" or a host", NetworkRules.hostHeader) { value in
            switch value {
            case .client: "client"
            case .target: "target"
            case .literal(let host): host
            }
        }
    }
}

extension ValueCoder where Value == TargetSettings {
    private static var targetHint: String { "a target such as \"http://127.0.0.1:3000\"" }

    static var targetURL: ValueCoder<TargetSettings?> {
        ValueCoder.parsed(targetHint) { text throws(TextProblem) in
            try TargetSettings(url: text)
        } print: {
            $0.url
        }.optional
    }

    /// A URL, or a table with `url` and more.
    static var target: ValueCoder {
        let url = targetURL
        return ValueCoder(kind: .textOrTable(targetHint, Schema.target.describe())) { node, reading in
            guard case .table = node.value else { return url.read(node, &reading) ?? nil }
            return readTable(node, &reading)
        } text: { target in
            let plain = try? TargetSettings(url: target.url)
            return target == plain ? url.text(target) : Schema.target.inlineText(TargetDraft(target))
        }
    }

    private static func readTable(_ node: ConfigNode, _ reading: inout Reading) -> TargetSettings? {
        var draft = TargetDraft()
        let before = reading.faults.count
        Schema.target.read(node, into: &draft, &reading)
        guard node.entries["url"] != nil else {
            reading.fault("\(node.path.named): `url` is missing", at: node)
            return nil
        }
        return reading.faults.count == before ? draft.settings : nil
    }
}

extension ValueCoder where Value == CacheControlRule {
    static var cacheRule: ValueCoder {
        ValueCoder(kind: .table(Schema.cacheRule.describe())) { node, reading in
            guard case .table = node.value else {
                reading.mismatch(node, expected: "a table with `match` and `value`")
                return nil
            }
            var rule = CacheControlRule(match: "", value: "")
            Schema.cacheRule.read(node, into: &rule, &reading)
            for name in ["match", "value"] where node.entries[name] == nil {
                reading.fault("\(node.path.named): `\(name)` is missing", at: node)
            }
            return rule.match.isEmpty || rule.value.isEmpty ? nil : rule
        } text: {
            Schema.cacheRule.inlineText($0)
        }
    }
}
