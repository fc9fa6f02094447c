// Faults as a compiler would tell them: position, message, the source line and a caret.

extension ConfigFault: CustomStringConvertible {
    /// `app_config.toml:12:1: error: …`, followed by the source line and a caret where there is one.
    package var description: String {
        guard let excerpt else { return headline }
        return headline + "\n" + excerpt
    }

    /// The first line alone.
    package var headline: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return "\(place): \(severity): \(advice)"
    }

    /// What is wrong, and what may have been meant.
    package var advice: String { message + (suggestion.map { "; did you mean `\($0)`?" } ?? "") }

    /// Lines longer than this are not shown: the caret would be lost.
    private static let longestLine = 160

    private var excerpt: String? {
        guard let sourceLine, line > 0 else { return nil }
        let scalars = Array(sourceLine.unicodeScalars)
        guard scalars.count <= ConfigFault.longestLine, column >= 1, column <= scalars.count + 1 else { return nil }
        let shown = scalars.map { $0 == "\t" ? $0 : $0.shown }
        let indent = scalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
        let tail = String(repeating: "~", count: max(0, min(length, scalars.count - column + 1) - 1))
        let number = String(line)
        let margin = String(repeating: " ", count: number.count)
        return """
             \(number) | \(String(String.UnicodeScalarView(shown)))
             \(margin) | \(indent)^\(tail)
            """
    }
}

extension Unicode.Scalar {
    /// The scalar, or a replacement for what would move a terminal's cursor or turn the text around.
    var shown: Unicode.Scalar {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
        default: self
        }
    }
}
