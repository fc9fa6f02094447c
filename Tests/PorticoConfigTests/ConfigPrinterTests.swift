// What is printed can be loaded again and means the same.
import PorticoConfig
import Testing

@Suite struct ConfigPrinterTests {
    @Test(arguments: GoldenFile.all.filter { $0.name.hasPrefix("ok-") || $0.name.hasPrefix("warn-") })
    func printedConfigurationLoadsAgain(file: GoldenFile) throws {
        guard case .loaded(let loaded) = ConfigLoader.load(bytes: file.input, in: .test) else {
            Issue.record("refused")
            return
        }
        let printed = ConfigPrinter.toml(loaded)
        let again = try #require(Load.loaded(printed), "\(Load.headlines(printed))")
        #expect(again.configuration == loaded.configuration)
    }

    @Test func eachValueTellsItsOrigin() throws {
        let text = "[server]\nport = 81\n[logging]\nlevel = 'debug'"
        let loaded = try #require(Load.loaded(text, overrides: ConfigOverrides(port: 82)))
        let lines = ConfigPrinter.toml(loaded).split(separator: "\n")
        #expect(lines.contains(#"listen = ["0.0.0.0:82"]  # --port"#))
        #expect(lines.contains(#"level = "debug"  # app_config.toml:4"#))
        #expect(lines.contains("threads = 0  # default"))
    }

    @Test(arguments: ["plain", "quo\"te", "back\\slash", "${HOME}", "$${x}", "tab\u{2009}x", "漢字", "a#b", "'single'"])
    func awkwardTextsArePrintedAsTheyAre(text: String) throws {
        var configuration = try #require(Load.configuration(""))
        configuration.application.name = text
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("${", with: "$${")
        let loaded = try #require(Load.loaded("application.name = \"\(escaped)\""))
        #expect(loaded.configuration == configuration)
        #expect(Load.configuration(ConfigPrinter.toml(loaded)) == configuration)
    }
}
