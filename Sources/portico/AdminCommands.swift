// `portico status`, `targets`, `reload`, `drain`, `enable`, `disable`: a word with the running server over its admin listener.
import ArgumentParser
import PorticoApp
import PorticoConfig

struct AdminOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file of the running server.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The admin listener's port, where it is another.", valueName: "port"))
    var adminPort: Int?

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run(_ method: String, _ path: String) throws {
        var settings = try Console.require(ConfigLoader.load(path: config)).configuration.admin
        if let adminPort { settings.port = adminPort }
        let answer = try AdminClient(settings).send(method, path, asText: !json)
        print(answer.body, terminator: "")
        guard answer.status == 200 else { throw ExitCode.failure }
    }

    /// What is no plain character of an id goes percent-encoded into the path.
    func order(_ order: String, _ id: String) throws {
        let encoded = id.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
        try run("POST", "/targets/\(encoded)/\(order)")
    }
}

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how the running server is.")

    @OptionGroup var options: AdminOptions

    func run() throws { try options.run("GET", "/status") }
}

struct Targets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the targets of the running server: health, breakers, counts.")

    @OptionGroup var options: AdminOptions

    func run() throws { try options.run("GET", "/targets") }
}

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Let the running server read its configuration again.")

    @OptionGroup var options: AdminOptions

    func run() throws { try options.run("POST", "/reload") }
}

struct LogLevelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Show the levels of the running server's log, or change one until the next reload.")

    @Argument(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var level: LogLevel?

    @Option(
        help: ArgumentHelp("\(LogModule.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "module"))
    var module: LogModule?

    @OptionGroup var options: AdminOptions

    func validate() throws {
        if module != nil, level == nil { throw ValidationError("--module needs a level.") }
    }

    func run() throws {
        guard let level else { return try options.run("GET", "/log-level") }
        let query = "level=\(level.rawValue)" + (module.map { "&module=\($0.rawValue)" } ?? "")
        try options.run("POST", "/log-level?\(query)")
    }
}

extension LogLevel: ExpressibleByArgument {}
extension LogModule: ExpressibleByArgument {}

struct Drain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a target no new requests; those that run may end.")

    @Argument(help: ArgumentHelp("The target's id, as `portico targets` shows it.", valueName: "id"))
    var id: String

    @OptionGroup var options: AdminOptions

    func run() throws { try options.order("drain", id) }
}

struct Enable: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send a target requests again.")

    @Argument(help: ArgumentHelp("The target's id.", valueName: "id"))
    var id: String

    @OptionGroup var options: AdminOptions

    func run() throws { try options.order("enable", id) }
}

struct Disable: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a target out until it is enabled again.")

    @Argument(help: ArgumentHelp("The target's id.", valueName: "id"))
    var id: String

    @OptionGroup var options: AdminOptions

    func run() throws { try options.order("disable", id) }
}
