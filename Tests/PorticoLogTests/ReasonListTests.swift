// The list of reasons is closed: what the code may write and what docs/logs.md tells are the same.
import Glibc
import PorticoCore
import Testing

@Suite struct ReasonListTests {
    /// The words between backticks in the first column of the table below `### Reasons`.
    private static func documented() -> [String] {
        let project = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = fopen("/\(project)/docs/logs.md", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        let lines = text.split(separator: "\n").drop { $0 != "### Reasons" }.dropFirst().prefix { !$0.hasPrefix("#") }
        return lines.filter { $0.hasPrefix("| `") }.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`").map(String.init).filter { !$0.contains(" ") }
        }
    }

    @Test func `every reason is documented, and every documented one exists`() {
        let documented = Self.documented()
        #expect(Set(documented).count == documented.count, "none is told twice")
        #expect(Set(documented) == Set(EndReason.allCases.map(\.description)))
    }

    @Test func `reasons are words that need no escape`() {
        for reason in EndReason.allCases {
            #expect(reason.description.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0) })
        }
        #expect(Set(EndReason.allCases.map(\.description)).count == EndReason.allCases.count)
    }
}
