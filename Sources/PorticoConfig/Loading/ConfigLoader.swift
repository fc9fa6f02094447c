// The way in: a path or a text becomes a configuration or a list of faults. Nothing is bound, created or resolved.

package enum ConfigLoader {
    /// The file that is used where none is named.
    package static let defaultFile = "app_config.toml"

    /// Loads a named file, or `./app_config.toml` where it exists, or the defaults.
    package static func load(
        path: String?, overrides: ConfigOverrides = .init(), in surroundings: Surroundings = .current()
    ) -> ConfigLoading {
        let name = path ?? defaultFile
        let absolute = FilePathText.absolute(name, from: surroundings.workingDirectory)
        if path == nil, surroundings.inspect(absolute) == nil {
            return ConfigAssembly(
                source: SourceText(name: "default configuration", bytes: []), path: nil, overrides: overrides,
                surroundings: surroundings
            ).load()
        }
        do {
            let source = SourceText(name: name, bytes: try ConfigFile.read(absolute))
            return ConfigAssembly(source: source, path: absolute, overrides: overrides, surroundings: surroundings)
                .load()
        } catch {
            return .refused([ConfigFault(file: name, message: error.message)])
        }
    }

    /// Loads a text as if it stood in `file`, relative to the working directory.
    package static func load(
        text: String, file: String = defaultFile, overrides: ConfigOverrides = .init(),
        in surroundings: Surroundings = .current()
    ) -> ConfigLoading {
        load(bytes: Array(text.utf8), file: file, overrides: overrides, in: surroundings)
    }

    /// Loads bytes that may be anything.
    package static func load(
        bytes: [UInt8], file: String = defaultFile, overrides: ConfigOverrides = .init(),
        in surroundings: Surroundings = .current()
    ) -> ConfigLoading {
        ConfigAssembly(
            source: SourceText(name: file, bytes: bytes),
            path: FilePathText.absolute(file, from: surroundings.workingDirectory), overrides: overrides,
            surroundings: surroundings
        ).load()
    }

    /// Loads again what was loaded before, for a reload.
    package static func reload(
        _ loaded: LoadedConfiguration, in surroundings: Surroundings = .current()
    ) -> ConfigLoading {
        load(path: loaded.path == nil ? nil : loaded.name, overrides: loaded.overrides, in: surroundings)
    }
}
