// Why a text is not the value it should be; the reader of the text does not know where it stands.

struct TextProblem: Error {
    let message: String
    var suggestion: String?

    init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    /// A part of the contract that this version does not implement.
    static func notYet(_ what: String) -> TextProblem { TextProblem("\(what) is not in this version") }
}
