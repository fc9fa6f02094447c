// What is wrong with a configuration, as a value: every fault of a file is collected, none is thrown.

/// One error or warning, with the place it is about.
package struct ConfigFault: Sendable, Hashable {
    package enum Severity: String, Sendable {
        case error, warning
    }

    /// The file as it was named, or the flag (`--port`) that carried the value.
    package var file: String
    /// From 1; 0 where the fault is about the whole file or a flag.
    package var line = 0
    /// From 1, in Unicode scalars; 0 without a line.
    package var column = 0
    /// How many columns are meant.
    package var length = 0
    /// `proxy[0].timeout`; empty where no key is meant.
    package var path = ""
    package var severity = Severity.error
    package var message: String
    /// What would have been right.
    package var expected: String?
    /// The nearest known name.
    package var suggestion: String?
    /// The line of the source.
    package var sourceLine: String?

    package init(file: String, message: String) {
        self.file = file
        self.message = message
    }
}

extension ConfigFault {
    /// By position; what has none comes first.
    static func isOrderedBefore(_ left: ConfigFault, _ right: ConfigFault) -> Bool {
        (left.line, left.column, left.file, left.message) < (right.line, right.column, right.file, right.message)
    }
}
