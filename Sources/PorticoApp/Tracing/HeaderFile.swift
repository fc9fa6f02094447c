// Secret header fields from a file, `Name: value` a line: read while a configuration is compiled.
import Glibc
import PorticoCore

enum HeaderFile {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private static let mostBytes = 64 << 10

    static func read(_ path: String) throws(Unusable) -> [(name: String, value: String)] {
        guard let file = fopen(path, "r") else {
            throw Unusable(
                description: "cannot read \(path) (`headers_file` in [tracing]): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        return try parse(bytes, path)
    }

    /// The faulty line is not shown: it may hold the secret.
    static func parse(_ bytes: [UInt8], _ path: String) throws(Unusable) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            guard !line.isEmpty else { continue }
            let name = line.prefix { $0 != 0x3A }
            let value = trimmed(line.dropFirst(name.count + 1))
            guard name.count < line.count, !name.isEmpty, name.allSatisfy(ASCII.isToken),
                value.allSatisfy(ASCII.isFieldValue)
            else {
                throw Unusable(
                    description: "line \(index + 1) of \(path) (`headers_file` in [tracing]) is no `Name: value`")
            }
            fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return fields
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 || last == 0x0D { text.removeLast() }
        return text
    }
}
