// The syntax of targets: `http://host[:port][/base]`.

extension TargetSettings {
    /// Reads a target's URL; the id is `host:port` until the file names another.
    init(url: String) throws(TextProblem) {
        let shown = ConfigValue.excerpt(url)
        let scheme = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)[0].lowercased()
        switch scheme {
        case "http": break
        case "https", "unix": throw .notYet("a target over \(scheme) (\"\(shown)\")")
        case "h2c", "ws", "wss":
            throw TextProblem(
                "a target's scheme is `http`, found \"\(shown)\"; WebSockets pass through it by themselves")
        default:
            throw TextProblem("expected a target such as \"http://127.0.0.1:3000\", found \"\(shown)\"")
        }
        let rest = url.dropFirst(5)
        guard rest.hasPrefix("//") else {
            throw TextProblem("expected `http://`, found \"\(shown)\"")
        }
        let slash = rest.dropFirst(2).firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let (host, port) = try TargetSettings.readAuthority(rest.dropFirst(2)[..<slash], shown)
        let base = try TargetSettings.readBase(rest[slash...], shown)
        let bracketed = host.contains(":") ? "[\(host)]" : host
        self.init(id: "\(bracketed):\(port)", host: host, port: port, basePath: base)
    }

    private static func readAuthority(
        _ text: Substring, _ shown: String
    ) throws(TextProblem) -> (host: String, port: Int) {
        guard !text.contains("@") else { throw TextProblem("a target holds no user name or password") }
        guard let (host, port) = NetworkRules.authority(text), let host = NetworkRules.host(host) else {
            throw TextProblem("\"\(shown)\" names no valid host")
        }
        guard let port else { return (host, 80) }
        guard let number = NetworkRules.port(port, 1...65_535) else {
            throw TextProblem("the port of \"\(shown)\" is not an integer from 1 to 65535")
        }
        return (host, number)
    }

    private static func readBase(_ text: Substring, _ shown: String) throws(TextProblem) -> String {
        guard !text.contains("?"), !text.contains("#") else {
            throw TextProblem("a target has no query or fragment, found \"\(shown)\"")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw TextProblem("the path of a target is percent-encoded ASCII, found \"\(shown)\"")
        }
        var base = text
        while base.last == "/" { base.removeLast() }
        return String(base)
    }

    /// The URL that reads back as this target.
    package var url: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return "http://\(bracketed):\(port)\(basePath)"
    }
}
