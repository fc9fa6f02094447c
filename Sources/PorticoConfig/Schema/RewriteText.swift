// The syntax of `rewrite`: a pattern and what its match becomes.
import PorticoCore

extension ValueCoder where Value == String {
    static var pattern: ValueCoder {
        parsed("a regular expression") { text throws(TextProblem) in
            do throws(PatternFault) {
                _ = try Pattern(text)
            } catch {
                throw TextProblem(
                    "\"\(ConfigValue.excerpt(text))\" at character \(error.offset + 1): \(error.message)")
            }
            return text
        } print: {
            $0
        }
    }

    static var replacement: ValueCoder {
        parsed("a path such as \"/$1\"") { text throws(TextProblem) in
            guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") })
            else { throw TextProblem("a path holds no spaces or `#` and at most 1024 bytes") }
            do throws(PatternFault) {
                _ = try PatternTemplate(text, groupCount: Pattern.mostGroups)
            } catch {
                throw TextProblem("at character \(error.offset + 1): \(error.message)")
            }
            return text
        } print: {
            $0
        }
    }
}

extension ProxyDraft {
    /// `from` and `to` come together and fit each other. What the defaults hold is told once, not by each route.
    func settleRewrite(_ route: ConfigNode, _ reading: inout Reading) {
        let rewrite = settings.rewrite
        let path = route.path.appending(key: "rewrite")
        let fromNode = reading.accepted[path.appending(key: "from").description]
        let toNode = reading.accepted[path.appending(key: "to").description]
        let paths = [path, ConfigPath("proxy_defaults", "rewrite")].flatMap { path in
            ["from", "to"].map { path.appending(key: $0).description }
        }
        guard !reading.faults.contains(where: { paths.contains($0.path) }) else { return }
        switch (rewrite.from, rewrite.to) {
        case (nil, nil): break
        case (.some, nil):
            if let fromNode { reading.fault("[proxy.rewrite] needs `to` besides `from`", at: fromNode, .name) }
        case (nil, .some):
            if let toNode { reading.fault("[proxy.rewrite] needs `from` besides `to`", at: toNode, .name) }
        case (let from?, let to?):
            guard let pattern = try? Pattern(from), let toNode else { return }
            do throws(PatternFault) {
                _ = try PatternTemplate(to, groupCount: pattern.groupCount)
            } catch {
                reading.fault("\(toNode.path.named): \(error.message)", at: toNode)
            }
            if from.hasPrefix("^"), let first = to.first, first != "/", first != "$" {
                reading.fault("\(toNode.path.named): a path starts with `/`", at: toNode, suggestion: "/" + to)
            }
        }
    }
}
