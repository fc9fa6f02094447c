// One load as a list of steps: parse, substitute, read the sections, override, settle, check, lint.

struct ConfigAssembly {
    let source: SourceText
    /// Absolute; nil without a file.
    let path: String?
    let overrides: ConfigOverrides
    let surroundings: Surroundings

    func load() -> ConfigLoading {
        let directory = path.map(FilePathText.parent) ?? surroundings.workingDirectory
        var reading = Reading(
            source: source, fileDirectory: directory, workingDirectory: surroundings.workingDirectory)
        guard let root = parse(&reading) else { return .refused(reading.faults) }

        var draft = ConfigurationDraft()
        let resolved = EnvironmentSubstitution(environment: surroundings.environment).apply(to: root, &reading)
        Schema.root.read(resolved, into: &draft, &reading)
        Schema.root.read(overrides.tree, into: &draft, &reading)
        draft.settleListen(file: resolved, overrides: overrides, &reading)
        draft.settlePaths(reading)
        ConfigChecks(draft: draft, file: resolved, surroundings: surroundings).run(&reading)
        let configuration = draft.configuration
        ConfigLints(configuration: configuration, surroundings: surroundings).run(&reading)
        return finish(configuration, reading)
    }

    private func parse(_ reading: inout Reading) -> ConfigNode? {
        if let span = source.firstInvalidUTF8 {
            reading.fault("the file is not UTF-8", at: span)
            return nil
        }
        do {
            return try TOMLDocument.parse(source)
        } catch {
            reading.fault(error.message, at: error.span)
            return nil
        }
    }

    private func finish(_ configuration: Configuration, _ reading: Reading) -> ConfigLoading {
        let faults = reading.faults.sorted(by: ConfigFault.isOrderedBefore)
        guard !faults.contains(where: { $0.severity == .error }) else { return .refused(faults) }
        return .loaded(
            LoadedConfiguration(
                configuration: configuration, path: path, name: source.name, overrides: overrides,
                origins: reading.origins, warnings: faults,
                targetPlaces: configuration.routes.enumerated().map { index, route in
                    targetPlaces(of: route, reading.accepted["proxy[\(index)].targets"], reading)
                }))
    }

    /// `target` alone, or an element each of `targets`.
    private func targetPlaces(of route: ProxySettings, _ node: ConfigNode?, _ reading: Reading) -> [ConfigFault] {
        guard let node else { return route.targets.map { _ in ConfigFault(file: source.name, message: "") } }
        if case .array(let nodes) = node.value { return nodes.map { reading.place(of: $0) } }
        return route.targets.map { _ in reading.place(of: node) }
    }
}

extension SourceText {
    /// The line that holds the first byte sequence that is not UTF-8.
    fileprivate var firstInvalidUTF8: SourceSpan? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var (line, start) = (1, 0)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if String(validating: bytes[start..<end], as: UTF8.self) == nil { break }
            (line, start) = (line + 1, end + 1)
        }
        let lineStart = min(start, bytes.count)
        return SourceSpan(line: line, lineStart: lineStart, start: lineStart, end: lineStart)
    }
}
