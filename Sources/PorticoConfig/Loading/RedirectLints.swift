// Warnings about redirects: one that leads back to where it came from, one that an earlier one hides, and one that takes all of a route.
import PorticoCore

struct RedirectLints {
    let redirects: [RedirectSettings]
    let routes: [ProxySettings]

    /// A file of very many redirects is not compared pair by pair.
    private static let mostCompared = 2000
    /// Browsers give up after about twenty.
    private static let longestChain = 20

    func run(_ reading: inout Reading) {
        // What could not be read has a fault of its own.
        guard redirects.count <= Self.mostCompared, !redirects.contains(where: \.from.isEmpty) else { return }
        let globs = redirects.map { PathGlob($0.from) }
        for index in redirects.indices {
            lintHidden(index, globs, &reading)
            lintLoop(index, globs, &reading)
        }
        for index in routes.indices.prefix(Self.mostCompared) { lintRoute(index, globs, &reading) }
    }

    /// Redirects come before routes.
    private func lintRoute(_ index: Int, _ globs: [PathGlob], _ reading: inout Reading) {
        let route = routes[index]
        guard !route.paths.isEmpty else { return }
        let paths = route.paths.flatMap(Self.samples)
        let taker = redirects.indices.first { redirect in
            HostCover.list(redirects[redirect].hosts, coversAll: route.hosts) && !redirects[redirect].isRewrite
                && !Self.mayLeadToItself(redirects[redirect]) && paths.allSatisfy { Self.matches(globs[redirect], $0) }
        }
        guard let taker else { return }
        let line = reading.accepted["redirect[\(taker)].from"]?.key.map { " in line \($0.line)" } ?? ""
        reading.warn(
            "this route is never reached: redirects come first, and the [[redirect]] from \"\(redirects[taker].from)\"\(line) takes "
                + "its paths", at: reading.accepted["proxy[\(index)].path"])
    }

    /// `/*` to `https://www.example.com/$1`: at that very address the redirect is left out, and the route answers.
    private static func mayLeadToItself(_ redirect: RedirectSettings) -> Bool {
        guard let scheme = redirect.to.firstRange(of: "://") else { return false }
        let path = redirect.to[scheme.upperBound...].drop { $0 != "/" }
        return sample(String(path)) == sample(redirect.from)
    }

    /// Paths that only what takes all of the pattern takes.
    private static func samples(_ pattern: PathPattern) -> [String] {
        switch pattern {
        case .any: ["/", "/~x", "/~x/~y"]
        case .exact(let path): [path]
        case .prefix(let path): [path, path + "/~x", path + "/~x/~y"]
        }
    }

    private func lintHidden(_ index: Int, _ globs: [PathGlob], _ reading: inout Reading) {
        let sample = Self.sample(redirects[index].from)
        let hider = redirects[..<index].indices.first { other in
            guard redirects[other].isRewrite == redirects[index].isRewrite,
                HostCover.list(redirects[other].hosts, coversAll: redirects[index].hosts)
            else { return false }
            // A pattern without wildcards hides only itself.
            if globs[other].literal != nil { return globs[other] == globs[index] }
            return globs[other] == globs[index] || Self.matches(globs[other], sample)
        }
        guard let hider else { return }
        let line = reading.accepted["redirect[\(hider)].from"]?.key.map { " in line \($0.line)" } ?? ""
        reading.warn(
            "this redirect is never reached: the [[redirect]] from \"\(redirects[hider].from)\"\(line) takes its paths",
            at: reading.accepted["redirect[\(index)].from"])
    }

    /// Follows a sample of the redirect's own outcome as a browser would.
    private func lintLoop(_ start: Int, _ globs: [PathGlob], _ reading: inout Reading) {
        guard !redirects[start].isRewrite else { return }
        var current = start
        for step in 1...Self.longestChain {
            guard let path = Self.path(of: redirects[current], from: redirects[start]) else { return }
            let next = redirects.indices.first { index in
                !redirects[index].isRewrite && HostCover.list(redirects[index].hosts, coversAll: redirects[start].hosts)
                    && Self.matches(globs[index], path)
            }
            guard let next else { return }
            if next == start {
                let how = step == 1 ? "leads to itself" : "leads back to itself over \(step - 1) more"
                return reading.warn(
                    "this redirect \(how): \"\(redirects[start].from)\" takes \"\(path)\" again",
                    at: reading.accepted["redirect[\(start)].to"])
            }
            current = next
        }
    }

    /// Where a redirect leads on this server, with sample text for the wildcards; nil where that is another one.
    private static func path(of redirect: RedirectSettings, from start: RedirectSettings) -> String? {
        var path = redirect.to[...]
        if !path.hasPrefix("/") {
            guard let scheme = path.firstRange(of: "://") else { return nil }
            let rest = path[scheme.upperBound...]
            let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard start.hosts.contains(String(host).lowercased()) else { return nil }
            path = rest[host.endIndex...]
            if !path.hasPrefix("/") { path = "/" }
        }
        return sample(String(path.prefix { $0 != "?" && $0 != "#" }))
    }

    /// The pattern with texts that nobody's file has in place of its wildcards.
    private static func sample(_ text: String) -> String {
        var sample = text.replacing("*", with: "\u{1}x")
        for number in 1...PathGlob.mostWildcards { sample = sample.replacing("$\(number)", with: "\u{1}x") }
        return sample.replacing("\u{1}", with: "~")
    }

    private static func matches(_ glob: PathGlob, _ path: String) -> Bool {
        Array(path.utf8).withUnsafeBytes { glob.match($0) != nil }
    }
}
