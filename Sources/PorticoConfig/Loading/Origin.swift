// Where an effective value comes from.

package enum Origin: Sendable, Hashable, CustomStringConvertible {
    case defaults
    case file(String, line: Int)
    /// The flag, such as `--port`.
    case commandLine(String)

    package var description: String {
        switch self {
        case .defaults: "default"
        case .file(let name, let line): "\(name):\(line)"
        case .commandLine(let flag): flag
        }
    }
}
