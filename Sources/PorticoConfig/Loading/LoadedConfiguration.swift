// What a load yields: the configuration with what is known about it, or the faults that refuse it.

/// A configuration without errors.
package struct LoadedConfiguration: Sendable {
    package let configuration: Configuration
    /// The absolute path of the file; nil where none was read.
    package let path: String?
    /// The file as faults name it.
    package let name: String
    package let overrides: ConfigOverrides
    /// By path, such as `proxy[0].timeout`; what is absent has its default.
    package let origins: [String: Origin]
    /// In order of position; none of them refuses the configuration.
    package let warnings: [ConfigFault]
    /// Faults without a message, for what is found out about targets later: by route and target.
    let targetPlaces: [[ConfigFault]]

    /// Where an effective value comes from.
    package func origin(of path: String) -> Origin { origins[path] ?? .defaults }

    /// What was found out about a target once the configuration was loaded.
    package func fault(_ message: String, aboutTarget target: Int, ofRoute route: Int) -> ConfigFault {
        var fault = targetPlaces[route][target]
        fault.message = message
        return fault
    }
}

package enum ConfigLoading: Sendable {
    case loaded(LoadedConfiguration)
    /// All faults in order of position, warnings among them; at least one is an error.
    case refused([ConfigFault])

    /// What there is to tell, errors and warnings alike.
    package var faults: [ConfigFault] {
        switch self {
        case .loaded(let loaded): loaded.warnings
        case .refused(let faults): faults
        }
    }
}
