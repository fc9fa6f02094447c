// What the admin listener says of a reload.
import PorticoAdmin
import PorticoConfig

extension Reload.Outcome {
    var answer: ReloadAnswer {
        switch self {
        case .reloaded(let report):
            let changed = report.changed.isEmpty ? "nothing changed" : report.changed.joined(separator: " ")
            let later = report.afterRestart.joined(separator: " ")
            return ReloadAnswer(
                isDone: true,
                body: .object([
                    ("status", .string("reloaded")), ("changed", .array(report.changed.map { .string($0) })),
                    ("after_restart", .array(report.afterRestart.map { .string($0) })),
                ]),
                text: "reloaded: \(changed)\n" + (later.isEmpty ? "" : "after a restart only: \(later)\n"))
        case .refused(let why, let faults):
            return ReloadAnswer(
                isDone: false,
                body: .object([
                    ("status", .string("refused")), ("why", .string(why)),
                    (
                        "faults",
                        .array(
                            faults.map { fault in
                                .object([
                                    ("file", .string(fault.file)), ("line", .integer(fault.line)),
                                    ("column", .integer(fault.column)), ("message", .string(fault.message)),
                                    ("suggestion", fault.suggestion.map { .string($0) } ?? .null),
                                ])
                            })
                    ),
                ]),
                text: "refused: \(why)\n" + faults.map { $0.description + "\n" }.joined())
        }
    }
}
