// `portico check`: every fault of a configuration, without a side effect.
import ArgumentParser
import PorticoConfig

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration file.",
        discussion: """
            Reports every error and warning with its place. Exits 1 where there is an error. Nothing is bound, created \
            or resolved.
            """)

    @Argument(help: ArgumentHelp("The configuration file (default: ./app_config.toml).", valueName: "file"))
    var file: String?

    @Flag(help: "Report as JSON, for programs.")
    var json = false

    func run() throws {
        let loading = ConfigLoader.load(path: file)
        if json {
            print(ConfigFault.report(loading.faults))
            if case .refused = loading { throw ExitCode.failure }
            return
        }
        let loaded = try Console.require(loading)
        Console.tell(loaded.warnings)
        print(loaded.summary)
    }
}
