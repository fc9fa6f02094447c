// The syntax of hosts, ports and addresses in the configuration.
import PorticoCore

enum NetworkRules {
    /// A host name of letters, digits, `-` and `_`, or an IPv4 address. Lower case is returned.
    static func hostName(_ text: some StringProtocol) -> String? {
        guard (1...253).contains(text.utf8.count) else { return nil }
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        for label in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-",
                label.utf8.allSatisfy({ isNameByte($0) })
            else { return nil }
        }
        // What ends in a number is an address or a mistake, never a name.
        let last = name.split(separator: ".").last ?? ""
        if last.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), IPAddress(name) == nil { return nil }
        return name.lowercased()
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// A host to bind or connect to: a name, IPv4, or IPv6 without brackets.
    static func host(_ text: some StringProtocol) -> String? {
        if text.contains(":") { return IPAddress(text).map { _ in text.lowercased() } }
        return hostName(text)
    }

    /// Decimal digits only, within the range.
    static func port(_ text: some StringProtocol, _ range: ClosedRange<Int>) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = Int(text), range.contains(port)
        else { return nil }
        return port
    }

    /// Splits `host:port` or `[v6]:port`; the port is nil where none stands. Nil where the brackets are wrong.
    static func authority(_ text: some StringProtocol) -> (host: String, port: String?)? {
        let text = String(text)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (String(host), rest.isEmpty ? nil : String(rest.dropFirst()))
        }
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    /// `0.0.0.0:8080`, `[::]:8080` or `unix:/run/portico.sock`.
    static func listenAddress(_ text: String) throws(TextProblem) -> ListenAddress {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // `sun_path` holds 108 bytes with the final zero.
            guard path.hasPrefix("/"), path.utf8.count <= 107 else {
                throw TextProblem("`unix:` takes an absolute path of at most 107 bytes")
            }
            return .unix(path: FilePathText.absolute(try TextRules.printable(path), from: "/"))
        }
        guard let (host, port) = authority(text), let host = self.host(host), let port,
            let port = self.port(port, 0...65_535)
        else {
            throw TextProblem(
                "expected \"host:port\", \"[v6]:port\" or \"unix:/path\", found \"\(ConfigValue.excerpt(text))\"")
        }
        return .tcp(host: host, port: port)
    }

    /// `example.com`, `*.example.com`, an address (IPv6 in brackets); never with a port.
    static func hostPattern(_ text: String) throws(TextProblem) -> String {
        let isWild = text.hasPrefix("*.")
        let name = isWild ? String(text.dropFirst(2)) : text
        if !isWild, name.hasPrefix("["), let (host, port) = authority(name), port == nil, let host = self.host(host) {
            return "[\(host)]"
        }
        guard let host = hostName(name), !isWild || IPAddress(host) == nil else {
            let hint = authority(name)?.port != nil ? "; a host is matched without its port" : ""
            throw TextProblem(
                "expected a host such as \"example.com\" or \"*.example.com\", found \"\(ConfigValue.excerpt(text))\"\(hint)"
            )
        }
        return isWild ? "*.\(host)" : host
    }

    /// `client`, `target`, or the value itself.
    static func hostHeader(_ text: String) throws(TextProblem) -> HostHeader {
        switch text {
        case "client": return .client
        case "target": return .target
        default:
            guard let (host, port) = authority(text), self.host(host) != nil,
                port.map({ self.port($0, 1...65_535) != nil }) ?? true
            else {
                throw TextProblem(
                    "expected \"client\", \"target\" or a host, found \"\(ConfigValue.excerpt(text))\"",
                    suggestion: NearestName.to(text, in: ["client", "target"]))
            }
            return .literal(text)
        }
    }
}
