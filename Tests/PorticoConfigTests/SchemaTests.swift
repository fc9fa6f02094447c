// The schema as data: nothing is named twice, everything is told, and the JSON Schema is JSON.
import Testing

@testable import PorticoConfig

@Suite struct SchemaTests {
    /// Every key with its section, nested tables included.
    static func allKeys(_ keys: [KeyDescription] = Schema.root.describe(), in section: String = "") -> [(
        String, KeyDescription
    )] {
        keys.flatMap { key -> [(String, KeyDescription)] in
            let path = section.isEmpty ? key.name : "\(section).\(key.name)"
            switch key.kind {
            case .table(let inner), .tables(let inner), .tableOrTables(let inner), .textOrTable(_, let inner),
                .flagOrTable(let inner),
                .list(.table(let inner), _), .list(.textOrTable(_, let inner), _):
                return [(path, key)] + allKeys(inner, in: path)
            default: return [(path, key)]
            }
        }
    }

    @Test func noKeyIsNamedTwice() {
        let paths = Self.allKeys().map(\.0)
        #expect(Set(paths).count == paths.count)
    }

    @Test func everyKeyIsDocumented() {
        for (path, key) in Self.allKeys() { #expect(key.doc.hasSuffix("."), "\(path): \(key.doc)") }
    }

    @Test func theJSONSchemaIsBalancedAndNamesEveryImplementedKey() {
        let json = ConfigSchema.json
        #expect(json.count { $0 == "{" } == json.count { $0 == "}" })
        for (path, key) in Self.allKeys() where key.kind != nil && !path.hasPrefix("proxy_defaults.") {
            #expect(json.contains("\"\(key.name)\": {"), "\(path)")
        }
        #expect(!json.contains("tunnel_server"))
    }

    @Test func jsonTextEscapes() {
        #expect(JSONText.string("a\"\\\n\u{1}é").text == #""a\"\\\n\u0001é""#)
        #expect(
            JSONText.object([("a", .array([.integer(1), .null])), ("b", .object([]))]).text.filter {
                $0 != " " && $0 != "\n"
            } == #"{"a":[1,null],"b":{}}"#)
    }

    @Test func reportsFaultsAsJSON() {
        let loading = ConfigLoader.load(text: "[server]\nprot = 1", in: .test)
        let report = ConfigFault.report(loading.faults)
        #expect(report.contains(#""ok": false"#))
        #expect(report.contains(#""line": 2"#))
        #expect(report.contains(#""path": "server.prot""#))
        #expect(report.contains(#""suggestion": "port""#))
        #expect(ConfigFault.report([]).contains(#""ok": true"#))
    }
}
