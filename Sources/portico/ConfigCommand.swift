// `portico config`: the effective values, and the schema of the file.
import ArgumentParser
import PorticoConfig

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the effective configuration, or its schema.",
        subcommands: [Print.self, Schema.self])

    struct Print: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every effective value as TOML, with its origin.")

        @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
        var config: String?

        func run() throws {
            let loaded = try Console.require(ConfigLoader.load(path: config))
            Console.tell(loaded.warnings)
            print(ConfigPrinter.toml(loaded), terminator: "")
        }
    }

    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the JSON Schema of app_config.toml, for editors.")

        func run() {
            print(ConfigSchema.json, terminator: "")
        }
    }
}
