// `portico check`: every fault of a configuration, without a side effect; with --live also whether its targets answer.
import ArgumentParser
import PorticoApp
import PorticoConfig

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration file.",
        discussion: """
            Reports every error and warning with its place. Exits 1 where there is an error. Nothing is bound, created \
            or resolved; --live resolves the names of the targets and connects to each.
            """)

    @Argument(help: ArgumentHelp("The configuration file (default: ./app_config.toml).", valueName: "file"))
    var file: String?

    @Flag(help: "Report as JSON, for programs.")
    var json = false

    @Flag(help: "Connect to every enabled target; one that cannot be reached is an error.")
    var live = false

    func run() async throws {
        let loading = ConfigLoader.load(path: file)
        var findings: [LiveCheck.Finding] = []
        if live, case .loaded(let loaded) = loading { findings = try await LiveCheck.run(loaded) }
        let unreachable = findings.compactMap(\.fault)
        if json {
            print(ConfigFault.report(loading.faults + unreachable))
            if case .refused = loading { throw ExitCode.failure }
        } else {
            let loaded = try Console.require(loading)
            Console.tell(loaded.warnings + unreachable)
            for finding in findings where finding.fault == nil { print(finding.text) }
            print(loaded.summary)
        }
        if !unreachable.isEmpty { throw ExitCode.failure }
    }
}
