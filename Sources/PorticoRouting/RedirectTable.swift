// Which `[[redirect]]` takes a path, and where it leads. Pure; compiled once. Paths without wildcards are found by hash, so
// that the long lists of moved sites cost nothing.
package import PorticoConfig
import PorticoCore

package final class RedirectTable: Sendable {
    private struct Rule {
        let glob: PathGlob
        let hosts: [HostPattern]
        let template: RedirectTemplate
        let settings: RedirectSettings
    }

    package struct Redirect: Equatable {
        package let status: Int
        /// The value of `Location`.
        package let location: [UInt8]
        package let rule: RedirectSettings
    }

    package struct Rewrite: Equatable {
        package let path: [UInt8]
        package let rule: RedirectSettings
    }

    private let rules: [Rule]
    private let redirects: Index
    private let rewrites: Index

    package init(_ settings: [RedirectSettings]) {
        let rules = settings.map { redirect in
            Rule(
                glob: PathGlob(redirect.from), hosts: redirect.hosts.map(HostPattern.init),
                template: RedirectTemplate(redirect.to), settings: redirect)
        }
        self.rules = rules
        redirects = Index(
            rules.enumerated().filter { !$0.element.settings.isRewrite }.map { ($0.offset, $0.element.glob) })
        rewrites = Index(
            rules.enumerated().filter { $0.element.settings.isRewrite }.map { ($0.offset, $0.element.glob) })
    }

    package var hasRedirects: Bool { !redirects.isEmpty }
    package var hasRewrites: Bool { !rewrites.isEmpty }

    /// The first redirect in file order that takes the path. `query` is nil where the request has none.
    package func redirect(
        path: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer?
    ) -> Redirect? {
        guard let (rule, captures) = first(redirects, path, host) else { return nil }
        return Redirect(
            status: rule.settings.status, location: rule.template.location(path, captures, query: query),
            rule: rule.settings)
    }

    /// The first rewrite in file order that takes the path.
    package func rewrite(path: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer) -> Rewrite? {
        first(rewrites, path, host).map { Rewrite(path: $0.template.path(path, $1), rule: $0.settings) }
    }

    private func first(
        _ index: Index, _ path: UnsafeRawBufferPointer, _ host: UnsafeRawBufferPointer
    ) -> (Rule, [Range<Int>])? {
        let exact = index.exact[path]?.first { accepts($0, host) }
        for number in index.wild {
            if let exact, exact < number { break }
            if accepts(number, host), let captures = rules[number].glob.match(path) { return (rules[number], captures) }
        }
        return exact.map { (rules[$0], []) }
    }

    private func accepts(_ number: Int, _ host: UnsafeRawBufferPointer) -> Bool {
        rules[number].hosts.isEmpty || rules[number].hosts.contains { $0.matches(host) }
    }

    private struct Index: Sendable {
        // SAFETY: not changed after init; the table itself is not Sendable only because its values may be anything.
        nonisolated(unsafe) let exact: BytesTable<[Int]>
        /// In file order.
        let wild: [Int]

        init(_ globs: [(number: Int, glob: PathGlob)]) {
            var exact = BytesTable<[Int]>()
            for (number, glob) in globs {
                glob.literal?.withUnsafeBytes { exact.insert((exact[$0] ?? []) + [number], for: $0) }
            }
            self.exact = exact
            wild = globs.filter { $0.glob.wildcards > 0 }.map(\.number)
        }

        var isEmpty: Bool { exact.count == 0 && wild.isEmpty }
    }
}
