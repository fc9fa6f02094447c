// The reference and the schema say the same, and every example in the documentation loads.
import Testing

@testable import PorticoConfig

@Suite struct DocumentationTests {
    private static let project = SourceFile.folder(of: SourceFile.folder(of: SourceFile.folder(of: #filePath)))

    private static func lines(_ path: String) -> [Substring] {
        String(decoding: SourceFile.read("\(project)/\(path)") ?? [], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// One row of a table: the section its heading names, and its cells.
    private static func rows() -> [(section: String, cells: [String])] {
        var (section, rows) = ("", [(section: String, cells: [String])]())
        for line in lines("docs/configuration.md") {
            if line.hasPrefix("#") { section = line.filter { !"#[]` ".contains($0) } }
            guard line.hasPrefix("| ") else { continue }
            let cells = line.split(separator: " | ").map { String($0.filter { $0 != "`" && $0 != "|" }) }
            rows.append((section, cells.map { String($0.drop { $0 == " " }) }))
        }
        return rows
    }

    /// Keys that are told elsewhere: routes' defaults as the routes', the single target as one of several.
    private static let keys = SchemaTests.allKeys().filter { path, _ in
        !path.hasPrefix("proxy_defaults.") && !path.hasPrefix("proxy.target.")
    }

    @Test func everyImplementedKeyIsInTheReferenceWithItsDefault() {
        let rows = Dictionary(
            Self.rows().filter { $0.cells.count >= 3 }.map { ("\($0.section).\($0.cells[0])", $0.cells[2]) },
            uniquingKeysWith: { first, _ in first })
        for (path, key) in Self.keys where key.kind != nil && path.contains(".") {
            guard let written = rows[path] else {
                Issue.record("\(path) is missing")
                continue
            }
            let expected = key.defaultText ?? "none"
            #expect(written == "see below" || written == expected, "\(path)")
        }
    }

    @Test func theReferenceNamesNoUnknownKeys() {
        let known = Set(Self.keys.filter { $0.1.kind != nil }.map(\.0))
        let sections = Set(known.compactMap { $0.split(separator: ".").dropLast().joined(separator: ".") })
        for (section, cells) in Self.rows() where sections.contains(section) && cells[0] != "key" && !section.isEmpty {
            #expect(known.contains("\(section).\(cells[0])"), "\(section): \(cells[0])")
        }
    }

    @Test func theListOfLaterKeysIsComplete() {
        let written = Self.rows().filter { $0.section == "Notinthisversion" && $0.cells[0] != "section" }
            .flatMap { row in
                let section = row.cells[0] == "top level" ? "" : row.cells[0].filter { !"[]".contains($0) } + "."
                return row.cells[1].split(separator: " ").map { section + $0 }
            }
        #expect(Set(written) == Set(Self.keys.filter { $0.1.kind == nil }.map(\.0)))
    }

    /// Every fenced TOML block of the documentation, with its file and line.
    private static let examples: [(place: String, text: String)] = {
        let documents = SourceFile.names(in: project + "/docs").filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        return (documents.sorted() + ["README.md"]).flatMap { path in
            var (examples, current) = ([(place: String, text: String)](), [Substring]?.none)
            for (number, line) in lines(path).enumerated() {
                if line == "```toml" {
                    current = []
                } else if line == "```", let text = current {
                    examples.append(("\(path):\(number + 1)", text.joined(separator: "\n")))
                    current = nil
                } else {
                    current?.append(line)
                }
            }
            return examples
        }
    }()

    @Test func everyExampleLoads() {
        #expect(Self.examples.count >= 7)
        for example in Self.examples {
            let errors = ConfigLoader.load(text: example.text, in: .test).faults.filter { $0.severity == .error }
            #expect(errors.isEmpty, "\(example.place): \(errors.map(\.description).joined(separator: "\n"))")
        }
    }
}
