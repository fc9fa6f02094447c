// The only file that knows the TOML library: text in, value tree with places out.
import TOMLKit

/// A parsed TOML text.
enum TOMLDocument {
    /// What the parser refused, and where.
    struct SyntaxError: Error {
        let message: String
        let span: SourceSpan
    }

    /// The root table of a text that is valid UTF-8.
    static func parse(_ source: SourceText) throws(SyntaxError) -> ConfigNode {
        if let span = source.firstNulByte { throw SyntaxError(message: "the file holds a NUL byte", span: span) }
        let locator = KeyLocator(source.bytes)
        if let trap = locator.trap {
            try checkBefore(trap, source)
            throw SyntaxError(message: trap.message, span: trap.span)
        }
        let table = try parseTable(source, upTo: source.bytes.count)
        if let span = locator.nulEscape {
            throw SyntaxError(message: "a string holds the NUL character", span: span)
        }
        let start = SourceSpan(line: 1, lineStart: 0, start: 0, end: 0)
        let maker = NodeMaker(sourceName: source.name)
        return maker.node(ConfigPath(), .table(table), place: locator.root, near: start)
    }

    /// What is wrong earlier in the text comes first. That the text ends within a value is no fault.
    private static func checkBefore(_ trap: KeyLocator.Trap, _ source: SourceText) throws(SyntaxError) {
        let start = trap.span.start
        let lastByte = source.bytes[..<start].lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        do throws(SyntaxError) {
            _ = try parseTable(source, upTo: start)
        } catch {
            if trap.followsDocument || error.span.start < lastByte ?? 0 { throw error }
        }
    }

    private static func parseTable(_ source: SourceText, upTo end: Int) throws(SyntaxError) -> TOMLTable {
        do {
            return try TOMLTable(string: String(decoding: source.bytes[..<end], as: UTF8.self))
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            throw SyntaxError(
                message: told(error.description), span: source.span(line: begin.line, column: begin.column))
        } catch {
            throw SyntaxError(message: "\(error)", span: source.span(line: 1, column: 1))
        }
    }

    /// "Error while parsing string: …" says "error" twice behind a fault's severity.
    private static func told(_ message: String) -> String {
        let opening = "Error while parsing "
        return message.hasPrefix(opening) ? "cannot parse the " + message.dropFirst(opening.count) : message
    }

    private static func parseTable(_ source: SourceText) throws(SyntaxError) -> TOMLTable {
        // The library reads C strings: behind a NUL byte it would silently see nothing.
        if let offset = source.bytes.firstIndex(of: 0) {
            let line = source.bytes[..<offset].count { $0 == 0x0A } + 1
            let lineStart = source.bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            let span = SourceSpan(line: line, lineStart: lineStart, start: offset, end: offset + 1)
            throw SyntaxError(message: "the file holds a NUL byte", span: span)
        }
        do {
            return try TOMLTable(string: String(decoding: source.bytes, as: UTF8.self))
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            throw SyntaxError(
                message: told(error.description), span: source.span(line: begin.line, column: begin.column))
        } catch {
            throw SyntaxError(message: "\(error)", span: source.span(line: 1, column: 1))
        }
    }
}

/// Converts the library's values, joined with their places.
private struct NodeMaker {
    enum Content {
        case table(TOMLTable)
        case value(any TOMLValueConvertible)
    }

    let sourceName: String

    /// A value whose place is unknown is reported where its parent stands.
    func node(_ path: ConfigPath, _ content: Content, place: PlaceTree?, near: SourceSpan) -> ConfigNode {
        let key = place?.key ?? near
        let span = place?.value ?? key
        return ConfigNode(
            path: path, key: key, span: span, origin: .file(sourceName, line: key.line),
            value: value(path, content, place: place, near: span))
    }

    private func value(_ path: ConfigPath, _ content: Content, place: PlaceTree?, near: SourceSpan) -> ConfigValue {
        switch content {
        case .table(let table): return entries(path, table, place: place, near: near)
        case .value(let value):
            if let table = value.table { return entries(path, table, place: place, near: near) }
            if let array = value.array { return elements(path, array, place: place, near: near) }
            if let text = value.string { return .string(text) }
            if let flag = value.bool { return .boolean(flag) }
            if let number = value.int { return .integer(number) }
            if let number = value.double { return .float(number) }
            return .date
        }
    }

    private func entries(_ path: ConfigPath, _ table: TOMLTable, place: PlaceTree?, near: SourceSpan) -> ConfigValue {
        var entries: [String: ConfigNode] = [:]
        for name in table.keys {
            guard let value = table[name] else { continue }
            entries[name] = node(
                path.appending(key: name), .value(value), place: place?.children[name], near: near)
        }
        return .table(entries)
    }

    private func elements(_ path: ConfigPath, _ array: TOMLArray, place: PlaceTree?, near: SourceSpan) -> ConfigValue {
        let places = place?.elements ?? []
        return .array(
            array.enumerated().map { index, value in
                let place = index < places.count ? places[index] : nil
                return node(path.appending(index: index), .value(value), place: place, near: near)
            })
    }
}

extension SourceText {
    /// The library reads C strings: behind a NUL byte it would silently see nothing.
    fileprivate var firstNulByte: SourceSpan? {
        guard let offset = bytes.firstIndex(of: 0) else { return nil }
        let line = bytes[..<offset].count { $0 == 0x0A } + 1
        let lineStart = bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return SourceSpan(line: line, lineStart: lineStart, start: offset, end: offset + 1)
    }
}
