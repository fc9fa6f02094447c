// `portico logs`: the log files of a configuration, filtered, for eyes or for programs.
import ArgumentParser
import PorticoApp
import PorticoConfig
import PorticoCore
import PorticoLog

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and follow the log.",
        discussion: """
            Reads the files that [logging] names, rotated and compressed ones too, the oldest first. Filters go together. \
            With --follow, shows the last ten lines that fit and then those that come, across rotations, until interrupted.
            """)

    @Flag(name: [.short, .long], help: "Wait for more.")
    var follow = false

    @Option(
        name: [.customShort("n"), .long], help: ArgumentHelp("Only so many of the last lines.", valueName: "count"))
    var lines: Int?

    @Option(help: ArgumentHelp("From this time on: 2h ago, or 2026-01-02T15:04 in UTC.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("404, 5xx, 400-499 or >=500; several with commas.", valueName: "status"))
    var status: String?

    @Option(help: ArgumentHelp("The `route` of the line, such as '/api/*'.", valueName: "route"))
    var route: String?

    @Option(help: ArgumentHelp("An address or a network, such as 10.0.0.0/8.", valueName: "client"))
    var client: String?

    @Option(help: ArgumentHelp("Requests that took at least so long, such as 250ms.", valueName: "duration"))
    var slower: String?

    @Option(help: ArgumentHelp("The `reason` of the line, such as connect_refused.", valueName: "reason"))
    var reason: String?

    @Option(help: ArgumentHelp("The request with this id.", valueName: "id"))
    var request: String?

    @Option(help: ArgumentHelp("This level and worse.", valueName: "level"))
    var level: String?

    @Flag(help: "Print the lines as JSON, one object each.")
    var json = false

    @Option(help: ArgumentHelp("The configuration file of the server.", valueName: "file"))
    var config: String?

    func run() throws {
        let settings = try Console.require(ConfigLoader.load(path: config)).configuration
        let filter = try filter()
        guard var reading = LogDisplay.reading(settings) else {
            throw ValidationError("There are no log files in \(settings.logging.directory).")
        }
        reading.filter = filter
        reading.asJSON = json
        reading.last = lines ?? (follow ? 10 : nil)
        LogDisplay.run(reading, following: follow)
    }

    func validate() throws {
        if let lines, !(0...LogReading.mostLast).contains(lines) {
            throw ValidationError("--lines takes 0 to \(LogReading.mostLast).")
        }
    }

    private func filter() throws -> LogFilter {
        var filter = LogFilter()
        filter.since = try time(since, "--since")
        filter.until = try time(until, "--until")
        filter.statuses = try parsed(status, "--status", "404, 5xx, 400-499 or >=500", LogFilter.statuses) ?? []
        filter.client = try parsed(client, "--client", "an address or a network") { IPRange($0) }
        filter.slowerThan = try parsed(slower, "--slower", "a duration such as 250ms") { Duration(text: $0) }
            .map { Double($0.wholeNanoseconds) / 1_000_000 }
        filter.leastLevel = try parsed(
            level, "--level", LogLevel.allCases.map(\.rawValue).joined(separator: ", "), LogLevel.init(rawValue:))
        filter.reason = reason
        filter.route = route
        filter.requestID = request
        return filter
    }

    private func time(_ text: String?, _ option: String) throws -> String? {
        let now = WallClock.unixNanoseconds()
        return try parsed(text, option, "2h, or a time such as 2026-01-02T15:04 in UTC") {
            LogFilter.moment($0, unixNanoseconds: now)
        }
    }

    private func parsed<Value>(
        _ text: String?, _ option: String, _ expected: String, _ parse: (String) -> Value?
    ) throws -> Value? {
        guard let text else { return nil }
        guard let value = parse(text) else { throw ValidationError("\(option) takes \(expected); not '\(text)'.") }
        return value
    }
}
