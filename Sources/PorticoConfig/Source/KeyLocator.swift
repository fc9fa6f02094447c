// Finds where each key and value of a TOML text stands. The TOML parser reports no positions for values, faults need them.
// It does not validate and may run over anything: where the text is no TOML it merely locates nothing more.

/// A single pass over the bytes of a TOML document.
struct KeyLocator {
    let root = PlaceTree()
    /// The first `\u0000` in a string: C strings end there, so no value may hold one.
    var nulEscape: SourceSpan?
    /// The first place that the parser would not refuse but abort the process at, with what is wrong there.
    var trap: Trap?

    struct Trap {
        let span: SourceSpan
        let message: String
        /// Whether what stands before it is a document of its own.
        let followsDocument: Bool
    }

    let bytes: [UInt8]
    var index = 0
    private var line = 1
    private var lineStart = 0
    private var table: PlaceTree

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        table = root
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        scanDocument()
    }

    private mutating func scanDocument() {
        while true {
            skipBlank()
            guard index < bytes.count else { return }
            if bytes[index] == UInt8(ascii: "[") {
                scanHeader()
            } else {
                scanPair(in: table, depth: 0)
            }
            skipLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    private mutating func scanHeader() {
        let mark = mark()
        let isArray = peek(1) == UInt8(ascii: "[")
        advance(isArray ? 2 : 1)
        skipSpace()
        if trap == nil, let byte = peek(0), !KeyLocator.startsKey(byte) {
            trap = Trap(
                span: mark, message: "a table's header starts with its name, as in [server]", followsDocument: true)
        }
        let names = scanKeys()
        guard let last = names.last else { return }
        var node = root
        for name in names.dropLast() {
            node = node.child(name.text)
            if node.key == nil { (node.key, node.value) = (name.span, name.span) }
            node = node.latest
        }
        node = node.child(last.text)
        if node.key == nil { (node.key, node.value) = (last.span, last.span) }
        if isArray {
            node = node.addElement()
            (node.key, node.value) = (last.span, last.span)
        }
        table = node
    }

    /// `key.key = value`.
    mutating func scanPair(in table: PlaceTree, depth: Int) {
        let names = scanKeys()
        guard !names.isEmpty else { return }
        var node = table
        for name in names {
            node = node.child(name.text)
            if node.key == nil { (node.key, node.value) = (name.span, name.span) }
        }
        skipSpace()
        guard peek(0) == UInt8(ascii: "=") else { return }
        advance(1)
        skipSpace()
        node.value = scanValue(into: node, depth: depth)
    }

    private mutating func scanKeys() -> [(text: String, span: SourceSpan)] {
        var names: [(text: String, span: SourceSpan)] = []
        while true {
            skipSpace()
            let mark = mark()
            guard let text = scanKey() else { return names }
            names.append((text, span(from: mark)))
            skipSpace()
            guard peek(0) == UInt8(ascii: ".") else { return names }
            advance(1)
        }
    }

    private mutating func scanKey() -> String? {
        if let quote = peek(0), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = index
            skipString()
            return KeyLocator.unquoted(bytes[start..<index])
        }
        let start = index
        while let byte = peek(0), !KeyLocator.endsBareKey(byte) { advance(1) }
        return index == start ? nil : String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func startsKey(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "\""),
            UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private static func endsBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), 0x09, 0x0A, 0x0D, UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "\""), UInt8(ascii: "'"):
            true
        default: false
        }
    }
}

// MARK: - The cursor

extension KeyLocator {
    func peek(_ ahead: Int) -> UInt8? {
        index + ahead < bytes.count ? bytes[index + ahead] : nil
    }

    mutating func advance(_ count: Int) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] == 0x0A {
                line += 1
                lineStart = index + 1
            }
            index += 1
        }
    }

    /// The cursor as an empty span, to be closed by `span(from:)`.
    func mark() -> SourceSpan {
        SourceSpan(line: line, lineStart: lineStart, start: index, end: index)
    }

    func span(from mark: SourceSpan) -> SourceSpan {
        var span = mark
        span.end = index
        return span
    }

    mutating func skipSpace() {
        while let byte = peek(0), byte == 0x20 || byte == 0x09 { advance(1) }
    }

    /// Spaces, line ends and comments.
    mutating func skipBlank() {
        while let byte = peek(0) {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: advance(1)
            case UInt8(ascii: "#"): skipLine()
            default: return
            }
        }
    }

    mutating func skipLine() {
        while let byte = peek(0), byte != 0x0A { advance(1) }
        advance(1)
    }
}
