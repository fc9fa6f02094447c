// The steps of one request with their reasons, for whoever asks why an answer is what it is. Only dry runs carry one.

package final class Trace {
    package struct Step: Sendable, Equatable {
        /// Which step of the way: `route`, `file`, `encoding`.
        package let name: String
        package let text: String
    }

    package private(set) var steps: [Step] = []
    /// What a file cache would know the answer by; nil where none would hold it.
    package var cacheKey: [UInt8]?

    package init() {}

    package func note(_ name: String, _ text: String) { steps.append(Step(name: name, text: text)) }
}
