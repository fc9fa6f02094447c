// `rewrite`: the path a backend gets in place of the client's, worked out once per request, before a target is picked.
// It sees the path that routes are found by, less the prefix that the route drops.
package import PorticoConfig
import PorticoCore
import PorticoHTTP

package struct PathRewrite: Sendable {
    package enum Outcome: Equatable {
        /// The pattern does not match: the backend gets what the client sent.
        case unchanged
        /// Normalised; with a query where the rule wrote one.
        case path([UInt8])
        /// What came out is no path.
        case invalid
    }

    /// A rule that writes its groups many times makes long paths of short ones.
    private static let longest = 16 << 10

    private let pattern: Pattern
    private let template: PatternTemplate

    /// Nil where the route has no such rule. What the configuration accepted compiles.
    package init?(_ settings: RewriteSettings) {
        guard let from = settings.from, let to = settings.to, let pattern = try? Pattern(from),
            let template = try? PatternTemplate(to, groupCount: pattern.groupCount)
        else { return nil }
        self.pattern = pattern
        self.template = template
    }

    /// `path` is normalised; its first `dropped` bytes are the prefix that goes.
    package func apply(to path: UnsafeRawBufferPointer, dropping dropped: Int) -> Outcome {
        var rest = UnsafeRawBufferPointer(rebasing: path[dropped...])
        if rest.isEmpty { rest = ("/" as StaticString).bytes }
        guard let match = pattern.firstMatch(in: rest) else { return .unchanged }
        return Self.checked(template.replacing(match, in: rest))
    }

    /// Starts with a slash, holds nothing that would end a request line, climbs nowhere.
    private static func checked(_ bytes: [UInt8]) -> Outcome {
        guard bytes.count <= longest, bytes.first == 0x2F,
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x23 })
        else { return .invalid }
        let end = bytes.firstIndex(of: 0x3F) ?? bytes.count
        guard let path = try? bytes[..<end].withUnsafeBytes({ try PathNormaliser.normalise($0) }) else {
            return .invalid
        }
        return .path(path + bytes[end...])
    }
}
