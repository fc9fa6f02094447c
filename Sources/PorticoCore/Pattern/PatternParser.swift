// The syntax of patterns: text to a tree, with the place of each fault. What a pattern costs is the compiler's business.

indirect enum PatternNode: Equatable, Sendable {
    case set(ByteSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// Nil: not captured.
    case group(PatternNode, number: Int?)
    /// `most` nil: without end.
    case repeated(PatternNode, least: Int, most: Int?, isLazy: Bool)
    case start, end

    var startsAtStart: Bool {
        switch self {
        case .start: true
        case .sequence(let nodes): nodes.first?.startsAtStart ?? false
        case .alternatives(let nodes): nodes.allSatisfy(\.startsAtStart)
        case .group(let node, _): node.startsAtStart
        default: false
        }
    }
}

struct PatternParser {
    private static let deepest = 32
    private static let mostRepeats = 255

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private(set) var groupCount = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func parse() throws(PatternFault) -> PatternNode {
        let node = try parseAlternatives()
        guard index == bytes.count else { throw PatternFault("`)` closes no group", at: index) }
        return node
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func parseAlternatives() throws(PatternFault) -> PatternNode {
        var alternatives = [try parseSequence()]
        while takes("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(PatternFault) -> PatternNode {
        var nodes: [PatternNode] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            let start = index
            let node = try parseOne()
            nodes.append(try parseRepeat(of: node, from: start))
        }
        return .sequence(nodes)
    }

    private mutating func parseOne() throws(PatternFault) -> PatternNode {
        let start = index
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "("): return try parseGroup(from: start)
        case UInt8(ascii: "["): return .set(try parseSet(from: start))
        case UInt8(ascii: "."): return .set(.all)
        case UInt8(ascii: "^"): return .start
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "\\"): return .set(try parseEscape(from: start))
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw PatternFault(
                "nothing to repeat; a literal `\(Unicode.Scalar(byte))` is written `\\\(Unicode.Scalar(byte))`",
                at: start)
        default: return .set(ByteSet(byte...byte))
        }
    }

    private mutating func parseGroup(from start: Int) throws(PatternFault) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= PatternParser.deepest else { throw PatternFault("groups are nested too deeply", at: start) }
        var number: Int?
        if takes("?") {
            guard takes(":") else {
                throw PatternFault("`(?` is only known as `(?:`, a group that is not captured", at: start)
            }
        } else {
            groupCount += 1
            number = groupCount
            guard groupCount <= Pattern.mostGroups else {
                throw PatternFault(
                    "there are more than \(Pattern.mostGroups) groups; `(?:` captures nothing", at: start)
            }
        }
        let inner = try parseAlternatives()
        guard takes(")") else { throw PatternFault("`(` is not closed", at: start) }
        return .group(inner, number: number)
    }

    private mutating func parseRepeat(of node: PatternNode, from start: Int) throws(PatternFault) -> PatternNode {
        let place = index
        let least: Int
        let most: Int?
        if takes("*") {
            (least, most) = (0, nil)
        } else if takes("+") {
            (least, most) = (1, nil)
        } else if takes("?") {
            (least, most) = (0, 1)
        } else if takes("{") {
            (least, most) = try parseCounts(from: place)
        } else {
            return node
        }
        if node == .start || node == .end { throw PatternFault("`^` and `$` are not repeated", at: start) }
        let isLazy = takes("?")
        if let byte = next, byte == UInt8(ascii: "*") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "{") {
            throw PatternFault("a repetition is repeated; put it into a group", at: index)
        }
        return .repeated(node, least: least, most: most, isLazy: isLazy)
    }

    /// Behind `{`.
    private mutating func parseCounts(from start: Int) throws(PatternFault) -> (Int, Int?) {
        guard let least = parseNumber() else { throw PatternFault("expected {n}, {n,} or {n,m}", at: start) }
        var most: Int? = least
        if takes(",") { most = next == UInt8(ascii: "}") ? nil : parseNumber() ?? -1 }
        guard takes("}"), most.map({ $0 >= least }) ?? true else {
            throw PatternFault("expected {n}, {n,} or {n,m}", at: start)
        }
        guard max(least, most ?? 0) <= PatternParser.mostRepeats else {
            throw PatternFault("more than \(PatternParser.mostRepeats) repetitions", at: start)
        }
        return (least, most)
    }

    private mutating func parseNumber() -> Int? {
        let start = index
        while let byte = next, byte >= 0x30, byte <= 0x39, index - start < 6 { index += 1 }
        return Int(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    /// Behind the backslash: a class, or a byte that would mean something else.
    private mutating func parseEscape(from start: Int) throws(PatternFault) -> ByteSet {
        guard let byte = next else { throw PatternFault("`\\` at the end", at: start) }
        index += 1
        switch byte {
        case UInt8(ascii: "d"): return .digits
        case UInt8(ascii: "D"): return ByteSet.digits.inverted
        case UInt8(ascii: "w"): return .word
        case UInt8(ascii: "W"): return ByteSet.word.inverted
        case UInt8(ascii: "s"): return .spaces
        case UInt8(ascii: "S"): return ByteSet.spaces.inverted
        case 0x30...0x39: throw PatternFault("a pattern cannot refer back to a group", at: start)
        case 0x41...0x5A, 0x61...0x7A, 0x80...:
            throw PatternFault("`\\\(Unicode.Scalar(byte))` is not known; known are \\d \\w \\s \\D \\W \\S", at: start)
        default: return ByteSet(byte...byte)
        }
    }

    /// Behind `[`.
    private mutating func parseSet(from start: Int) throws(PatternFault) -> ByteSet {
        var set = ByteSet()
        let isInverted = takes("^")
        var isFirst = true
        while let byte = next {
            if byte == UInt8(ascii: "]"), !isFirst {
                index += 1
                return isInverted ? set.inverted : set
            }
            isFirst = false
            let place = index
            index += 1
            guard byte != UInt8(ascii: "\\") else {
                set = set.union(try parseEscape(from: place))
                continue
            }
            // A minus at the end stands for itself.
            guard next == UInt8(ascii: "-"), index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: "]") else {
                set.insert(byte)
                continue
            }
            let last = bytes[index + 1]
            guard byte <= last, last != UInt8(ascii: "\\") else {
                throw PatternFault("a range in [] runs from a lower to a higher character", at: place)
            }
            index += 2
            set = set.union(ByteSet(byte...last))
        }
        throw PatternFault("`[` is not closed", at: start)
    }
}
