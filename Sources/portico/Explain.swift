// `portico explain`: which route, redirect, file and headers a request would meet, and why.
import ArgumentParser
import PorticoApp
import PorticoConfig

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which route, redirect, file and headers a URL would meet, and why.",
        discussion: """
            Loads the configuration and runs the request through the same steps as the server, without a network: nothing \
            is bound, and nothing is sent to a backend. What a running server holds of the file in memory is asked of its \
            admin listener.
            """)

    @Argument(help: "A URL, or a path.")
    var url: String

    @Option(name: [.customShort("X"), .customLong("method")], help: "The request's method.")
    var method = "GET"

    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A header of the request; may be repeated.", valueName: "name: value"))
    var headers: [String] = []

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Flag(help: "Report as JSON, for programs.")
    var json = false

    func run() async throws {
        let loaded = try Console.require(ConfigLoader.load(path: config))
        do {
            let request = Explanation.Request(url: url, method: method, fields: headers)
            let explanation = try await Explanation.make(request, by: loaded.configuration)
                .askingServer(loaded.configuration.admin)
            print(json ? explanation.json : explanation.text)
        } catch let refusal as Explanation.Refusal {
            throw ValidationError(refusal.description)
        }
    }
}
