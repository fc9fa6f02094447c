// One line of the log, taken apart: its fields by name, whether it is JSON or logfmt. It looks at bytes that belong to
// others and copies nothing; what a value says is decoded only when asked for.

/// Used again for line after line, so that taking one apart allocates nothing.
package struct LogEntry {
    package struct Field {
        package let key: Range<Int>
        /// Between the quotes, where it has some.
        package let value: Range<Int>
        package let isText: Bool
    }

    package enum Form {
        case json, logfmt
        /// A line for eyes or of another program: it has no fields.
        case other
    }

    private(set) var line = UnsafeRawBufferPointer(start: nil, count: 0)
    package private(set) var form = Form.other
    package private(set) var fields: [Field] = []

    package init() {}

    /// Valid for as long as `line` is.
    package mutating func read(_ line: UnsafeRawBufferPointer) {
        self.line = line
        fields.removeAll(keepingCapacity: true)
        if line.first == UInt8(ascii: "{") {
            form = LogLineScanner.readJSON(line, into: &fields) ? .json : .other
        } else if line.starts(with: "time=".utf8) {
            form = LogLineScanner.readLogfmt(line, into: &fields) ? .logfmt : .other
        } else {
            form = .other
        }
        if form == .other { fields.removeAll(keepingCapacity: true) }
    }

    var isAccess: Bool { field("status") != nil }

    package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: line[range]) }

    func field(_ key: StaticString) -> Field? {
        fields.first { $0.key.count == key.utf8CodeUnitCount && bytes($0.key).elementsEqual(view(key)) }
    }

    /// As it stands in the line, escapes and all.
    func raw(_ key: StaticString) -> UnsafeRawBufferPointer? { field(key).map { bytes($0.value) } }

    package func text(_ key: StaticString) -> String? {
        raw(key).map { $0.contains(UInt8(ascii: "\\")) ? EscapedText.decoded($0) : String(decoding: $0, as: UTF8.self) }
    }

    func integer(_ key: StaticString) -> Int? { raw(key).flatMap { Int(String(decoding: $0, as: UTF8.self)) } }

    func number(_ key: StaticString) -> Double? { raw(key).flatMap { Double(String(decoding: $0, as: UTF8.self)) } }

    private func view(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
