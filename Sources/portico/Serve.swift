// `portico serve`: load, tell the faults, hand over to the server.
import ArgumentParser
import PorticoApp
import PorticoConfig

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until told to stop (the default).",
        discussion: "The options override the configuration file.")

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The directory that is served.", valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
    var host: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one.", valueName: "port"))
    var port: Int?

    @Option(help: ArgumentHelp("Event loops; 0 means one per core.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    func run() async throws {
        let overrides = ConfigOverrides(
            directory: directory, host: host, port: port, threads: threads, logLevel: logLevel)
        var surroundings = Surroundings.current()
        let inheritance = Inheritance(surroundings.environment)
        // Whoever opened the sockets had the right.
        if inheritance.hasSockets { surroundings.firstUnprivilegedPort = 0 }
        let loading = ConfigLoader.load(path: config, overrides: overrides, in: surroundings)
        if case .refused(let faults) = loading {
            inheritance.tellFailure(faults.first { $0.severity == .error }?.headline ?? "the configuration has faults")
        }
        let loaded = try Console.require(loading)
        do {
            try await PorticoServer.run(loaded, inheritance: inheritance) { Console.tell(loaded.warnings) }
        } catch {
            inheritance.tellFailure("\(error)")
            throw error
        }
    }
}
