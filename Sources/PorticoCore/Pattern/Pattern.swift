// Regular expressions for rules in the configuration. They run on what strangers send, so no pattern may be slow on any
// input: a machine that follows all ways at once (Thompson 1968, Pike's captures) takes time in proportion to pattern times
// input, where engines that backtrack, Swift's own among them, can take exponential time. The price is that nothing may refer
// back or look around. Works on bytes.
//
//     x  .  \.  [a-z]  [^/]  \d \w \s \D \W \S    one byte: itself, any, escaped, one of a set, digit, word, space and not
//     (..)  (?:..)  a|b                            a group that is captured, one that is not, alternatives
//     * + ? {n} {n,} {n,m}                         repeated; with ? behind it as few times as possible
//     ^  $                                         the start and the end of the text

/// A compiled pattern; immutable.
package struct Pattern: Sendable {
    /// What is longer or larger is refused. Together with the longest request line they bound the work of a match.
    static let longestText = 1024
    static let largestProgram = 512
    package static let mostGroups = 9

    let program: [PatternInstruction]
    /// Of captured groups, without the whole match.
    package let groupCount: Int
    /// Whether it can only match where the text starts.
    let isAnchored: Bool

    package init(_ text: String) throws(PatternFault) {
        guard text.utf8.count <= Pattern.longestText else {
            throw PatternFault("it is longer than \(Pattern.longestText) bytes", at: 0)
        }
        var parser = PatternParser(text)
        let node = try parser.parse()
        var compiler = PatternCompiler()
        program = try compiler.compile(node)
        groupCount = parser.groupCount
        isAnchored = node.startsAtStart
    }

    /// The first match, as early as possible; among those the one that the pattern prefers, as in Perl. Nil: none.
    package func firstMatch(in text: UnsafeRawBufferPointer) -> PatternMatch? {
        var machine = PatternMachine(self)
        return machine.run(text)
    }
}

package struct PatternFault: Error, Equatable, Sendable {
    package let message: String
    /// The byte of the pattern, from 0.
    package let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }
}

package struct PatternMatch: Equatable, Sendable {
    /// Start and end of the match and of each group; -1 where a group took no part.
    let bounds: [Int]

    /// 0 is the whole match.
    package func range(of group: Int) -> Range<Int>? {
        bounds[group * 2] < 0 || bounds[group * 2 + 1] < 0 ? nil : bounds[group * 2]..<bounds[group * 2 + 1]
    }
}

/// What a match is replaced by: text with `$0` to `$9` for the match and its groups, `$$` for a dollar sign.
package struct PatternTemplate: Sendable {
    private enum Part: Sendable {
        case text([UInt8])
        case group(Int)
    }

    private var parts: [Part] = []

    /// `groupCount` is that of the pattern it goes with.
    package init(_ text: String, groupCount: Int) throws(PatternFault) {
        let bytes = Array(text.utf8)
        var literal: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$") else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            switch index + 1 < bytes.count ? bytes[index + 1] : 0 {
            case UInt8(ascii: "$"): literal.append(UInt8(ascii: "$"))
            case let digit where digit >= 0x30 && digit <= 0x39:
                guard Int(digit - 0x30) <= groupCount else {
                    let count = groupCount == 0 ? "no groups" : groupCount == 1 ? "one group" : "\(groupCount) groups"
                    throw PatternFault("`$\(digit - 0x30)` names a group, but the pattern has \(count)", at: index)
                }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = []
                parts.append(.group(Int(digit - 0x30)))
            default: throw PatternFault("`$` stands before a group's number; `$$` is a dollar sign", at: index)
            }
            index += 2
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    /// The text with the match replaced; what lies around the match stays.
    package func replacing(_ match: PatternMatch, in text: UnsafeRawBufferPointer) -> [UInt8] {
        guard let whole = match.range(of: 0) else { return Array(text) }
        var result = Array(text[..<whole.lowerBound])
        for part in parts {
            switch part {
            case .text(let bytes): result += bytes
            case .group(let group): if let range = match.range(of: group) { result += text[range] }
            }
        }
        result += text[whole.upperBound...]
        return result
    }
}
