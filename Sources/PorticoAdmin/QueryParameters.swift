// The `name=value` pairs of an order's query.

struct QueryParameters {
    private let values: [String: String]

    init(_ query: String) {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (PercentText.decoded(parts[0]), parts.count == 2 ? PercentText.decoded(parts[1]) : "")
        }
        values = Dictionary(pairs) { first, _ in first }
    }

    subscript(name: String) -> String? { values[name] }
}
