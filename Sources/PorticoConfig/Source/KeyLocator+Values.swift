// The value half of the locator: strings, lists and inline tables, which may span lines.

extension KeyLocator {
    /// Deeper than the parser nests; below it nothing is located.
    private static let deepest = 400

    /// Steps over one value, recording what is inside it. The span ends behind its last byte that is no space.
    mutating func scanValue(into node: PlaceTree, depth: Int) -> SourceSpan {
        let mark = mark()
        guard depth < KeyLocator.deepest else { return mark }
        switch peek(0) {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): skipString()
        case UInt8(ascii: "["): scanList(into: node, depth: depth + 1)
        case UInt8(ascii: "{"): scanInlineTable(into: node, depth: depth + 1)
        default: return scanScalar(from: mark)
        }
        return span(from: mark)
    }

    private mutating func scanList(into node: PlaceTree, depth: Int) {
        advance(1)
        while true {
            skipBlank()
            guard let byte = peek(0) else { return }
            if byte == UInt8(ascii: "]") { return advance(1) }
            let start = index
            let element = node.addElement()
            element.value = scanValue(into: element, depth: depth)
            element.key = element.value
            skipBlank()
            if peek(0) == UInt8(ascii: ",") { advance(1) }
            guard index > start else { return }
        }
    }

    private mutating func scanInlineTable(into node: PlaceTree, depth: Int) {
        advance(1)
        while true {
            skipBlank()
            guard let byte = peek(0) else { return }
            if byte == UInt8(ascii: "}") { return advance(1) }
            let start = index
            scanPair(in: node, depth: depth)
            skipBlank()
            if peek(0) == UInt8(ascii: ",") { advance(1) }
            guard index > start else { return }
        }
    }

    private mutating func scanScalar(from mark: SourceSpan) -> SourceSpan {
        var span = mark
        while let byte = peek(0), !KeyLocator.endsScalar(byte) {
            advance(1)
            if byte != 0x20, byte != 0x09 { span.end = index }
        }
        let scalar = bytes[span.start..<span.end]
        // Nothing at all, or a comma, is the parser's to refuse; but not another's closing bracket.
        let isLeftToParser = scalar.isEmpty && (peek(0) == nil || ",\r\n".utf8.contains(bytes[index]))
        if trap == nil, !isLeftToParser, !ScalarShape.isValue(scalar) {
            let shown = ConfigValue.excerpt(String(decoding: scalar, as: UTF8.self))
            let message = scalar.isEmpty ? "a value is missing" : "`\(shown)` is not a value; a text stands in quotes"
            trap = Trap(span: span, message: message, followsDocument: false)
        }
        return span
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), 0x0A, 0x0D: true
        default: false
        }
    }

    /// Steps over a string of any of the four kinds.
    mutating func skipString() {
        guard let quote = peek(0) else { return }
        let isBasic = quote == UInt8(ascii: "\"")
        let isLong = peek(1) == quote && peek(2) == quote
        advance(isLong ? 3 : 1)
        while let byte = peek(0) {
            if isBasic, byte == UInt8(ascii: "\\") {
                noteNulEscape()
                advance(2)
            } else if byte == quote {
                guard isLong else { return advance(1) }
                if peek(1) == quote, peek(2) == quote { return closeLongString(quote) }
                advance(1)
            } else if byte == 0x0A, !isLong {
                return
            } else {
                advance(1)
            }
        }
    }

    /// Up to two quotes may stand right before the closing three.
    private mutating func closeLongString(_ quote: UInt8) {
        advance(3)
        for _ in 0..<2 where peek(0) == quote { advance(1) }
    }

    private mutating func noteNulEscape() {
        guard nulEscape == nil, let letter = peek(1) else { return }
        let count =
            letter == UInt8(ascii: "u") ? 4 : letter == UInt8(ascii: "U") ? 8 : letter == UInt8(ascii: "x") ? 2 : 0
        guard count > 0, (2..<2 + count).allSatisfy({ peek($0) == UInt8(ascii: "0") }) else { return }
        nulEscape = mark()
    }

    /// The text of a quoted key, its escapes replaced.
    static func unquoted(_ quoted: ArraySlice<UInt8>) -> String {
        var inner = quoted.dropFirst()
        if inner.last == quoted.first { inner = inner.dropLast() }
        guard quoted.first == UInt8(ascii: "\"") else { return String(decoding: inner, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        var scalars = String(decoding: inner, as: UTF8.self).unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            text.append(scalar == "\\" ? takeEscape(&scalars) : scalar)
        }
        return String(text)
    }

    private static func takeEscape(_ scalars: inout Substring.UnicodeScalarView) -> Unicode.Scalar {
        guard let letter = scalars.popFirst() else { return "\\" }
        switch letter {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "e": return "\u{1B}"
        case "x", "u", "U":
            let count = letter == "x" ? 2 : letter == "u" ? 4 : 8
            let value = UInt32(String(String.UnicodeScalarView(scalars.prefix(count))), radix: 16) ?? 0xFFFD
            scalars = scalars.dropFirst(count)
            return Unicode.Scalar(value) ?? "\u{FFFD}"
        default: return letter
        }
    }
}
