// Faults for programs: editors, CI, deployment scripts (`portico check --json`).

extension ConfigFault {
    var json: JSONText {
        .object([
            ("file", .string(file)), ("line", .integer(line)), ("column", .integer(column)), ("path", .string(path)),
            ("severity", .string(severity.rawValue)), ("message", .string(message)),
            ("expected", expected.map { .string($0) } ?? .null),
            ("suggestion", suggestion.map { .string($0) } ?? .null),
        ])
    }

    /// The result of a check as one JSON document.
    package static func report(_ faults: [ConfigFault]) -> String {
        let errors = faults.count { $0.severity == .error }
        return JSONText.object([
            ("ok", .boolean(errors == 0)), ("errors", .integer(errors)), ("warnings", .integer(faults.count - errors)),
            ("faults", .array(faults.map(\.json))),
        ]).text
    }
}
