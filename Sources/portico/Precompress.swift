// `portico precompress`: sidecar files for a whole site.
import ArgumentParser
import PorticoApp
import PorticoConfig
import PorticoCore

struct Precompress: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write compressed files beside those of a site.",
        discussion: """
            For each file worth it by the configured types and min_size, file.br, file.zst and file.gz are written with \
            the best compression there is, and served in its place. What is up to date is left alone, what would not be \
            smaller is not written, nothing is removed. Exits 1 where a file failed, 2 where there is no such folder.
            """)

    @Argument(help: ArgumentHelp("The folder (default: those of the configured sites).", valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Which of br, zstd and gzip, with commas (default: as configured).", valueName: "list"))
    var encodings: String?

    @Flag(help: "Write again what is up to date.")
    var force = false

    func validate() throws {
        for name in names where ContentCoding(rawValue: name) == nil {
            throw ValidationError("'\(name)' is no encoding; there are br, zstd and gzip.")
        }
    }

    func run() throws {
        let overrides = ConfigOverrides(directory: directory)
        let loaded = try Console.require(ConfigLoader.load(path: config, overrides: overrides))
        let chosen = encodings == nil ? nil : names.compactMap(ContentCoding.init(rawValue:))
        let sites = directory == nil ? loaded.configuration.sites : [loaded.configuration.site]
        let code = Precompression(sites, encodings: chosen, force: force).run()
        if code != 0 { throw ExitCode(code) }
    }

    private var names: [String] { (encodings ?? "").split(separator: ",").map(String.init) }
}
