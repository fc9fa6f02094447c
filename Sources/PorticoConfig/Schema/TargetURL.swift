// The syntax of targets: `http://host[:port][/base]`, `https://…`, `unix:/path`.

extension TargetSettings {
    /// Reads a target's URL; the id is `host:port` until the file names another.
    init(url: String) throws(TextProblem) {
        let shown = ConfigValue.excerpt(url)
        let scheme = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)[0].lowercased()
        let isSecure = scheme == "https"
        switch scheme {
        case "http", "https": break
        case "unix":
            let path = try TargetSettings.readSocket(url.dropFirst(5))
            self.init(id: "unix:\(path)", host: "localhost", port: 80)
            transport = .unix(path: path)
            return
        case "h2c", "ws", "wss", "grpc", "grpcs":
            throw TextProblem(
                "a target's scheme is `http`, `https` or `unix`, found \"\(shown)\"; WebSockets pass by themselves, "
                    + "HTTP/2 and gRPC are a matter of `protocol`")
        default:
            throw TextProblem("expected a target such as \"http://127.0.0.1:3000\", found \"\(shown)\"")
        }
        let rest = url.dropFirst(scheme.count + 1)
        guard rest.hasPrefix("//") else {
            throw TextProblem("expected `\(scheme)://`, found \"\(shown)\"")
        }
        let slash = rest.dropFirst(2).firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let (host, port) = try TargetSettings.readAuthority(
            rest.dropFirst(2)[..<slash], defaultPort: isSecure ? 443 : 80, shown)
        let base = try TargetSettings.readBase(rest[slash...], shown)
        let bracketed = host.contains(":") ? "[\(host)]" : host
        self.init(id: "\(bracketed):\(port)", host: host, port: port, basePath: base)
        if isSecure { transport = .tls }
    }

    /// An absolute path that fits into `sun_path`, whose 108 bytes hold a final zero.
    private static func readSocket(_ path: Substring) throws(TextProblem) -> String {
        guard path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 107 else {
            throw TextProblem("`unix:` takes an absolute path of at most 107 bytes, such as \"unix:/run/app.sock\"")
        }
        return FilePathText.absolute(try TextRules.printable(String(path)), from: "/")
    }

    private static func readAuthority(
        _ text: Substring, defaultPort: Int, _ shown: String
    ) throws(TextProblem) -> (host: String, port: Int) {
        guard !text.contains("@") else { throw TextProblem("a target holds no user name or password") }
        guard let (host, port) = NetworkRules.authority(text), let host = NetworkRules.host(host) else {
            throw TextProblem("\"\(shown)\" names no valid host")
        }
        guard let port else { return (host, defaultPort) }
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
        if case .unix(let path) = transport { return "unix:\(path)" }
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return "\(transport == .tls ? "https" : "http")://\(bracketed):\(port)\(basePath)"
    }
}
