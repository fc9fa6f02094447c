// `portico version`.
import ArgumentParser
import PorticoCore

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() {
        print("portico \(PorticoVersion.number)")
    }
}
