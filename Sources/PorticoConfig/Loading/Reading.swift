// What one pass over a value tree gathers: faults and the origin of each value.

/// The state of one load. Values are read into the section structs; everything else ends up here.
struct Reading {
    /// Beyond this a file is not a configuration with faults but something else.
    private static let mostFaults = 100

    let source: SourceText
    /// Relative paths of the file start here.
    let fileDirectory: String
    /// Relative paths of the command line start here.
    let workingDirectory: String
    private(set) var faults: [ConfigFault] = []
    /// The node behind each value that was taken, by path text; what is absent has its default.
    private(set) var accepted: [String: ConfigNode] = [:]

    init(source: SourceText, fileDirectory: String, workingDirectory: String) {
        self.source = source
        self.fileDirectory = fileDirectory
        self.workingDirectory = workingDirectory
    }

    /// Where each value comes from that is no default.
    var origins: [String: Origin] { accepted.mapValues(\.origin) }

    /// Notes that a value was taken, for its own path or for one it decided.
    mutating func accept(_ node: ConfigNode, as path: String? = nil) {
        accepted[path ?? node.path.description] = node
    }

    /// What follows from another value has no origin of its own.
    mutating func forget(_ path: String) { accepted[path] = nil }

    enum Part { case name, value }

    /// Reports a fault at a node's name or its value.
    mutating func fault(
        _ message: String, at node: ConfigNode, _ part: Part = .value, severity: ConfigFault.Severity = .error,
        expected: String? = nil, suggestion: String? = nil
    ) {
        guard !isFull else { return }
        var fault = ConfigFault(file: source.name, message: message)
        if case .commandLine(let flag) = node.origin { fault.file = flag }
        fault.path = node.path.description
        fault.severity = severity
        fault.expected = expected
        fault.suggestion = suggestion
        place(&fault, at: part == .name ? node.key : node.span)
        add(fault)
    }

    /// Reports what may be meant, but rarely is; a default has no place.
    mutating func warn(_ message: String, at node: ConfigNode?) {
        if let node { return fault(message, at: node, severity: .warning) }
        var fault = ConfigFault(file: source.name, message: message)
        fault.severity = .warning
        add(fault)
    }

    /// Reports what the parser refused.
    mutating func fault(_ message: String, at span: SourceSpan) {
        var fault = ConfigFault(file: source.name, message: message)
        place(&fault, at: span)
        add(fault)
    }

    /// Reports that a value is not of the kind its key takes.
    mutating func mismatch(_ node: ConfigNode, expected: String) {
        if case .unresolved = node.value { return }
        fault(
            "\(node.path.named): expected \(expected), found \(node.value.found)",
            at: node, expected: expected)
    }

    /// Reports what a text reader found wrong.
    mutating func fault(_ problem: TextProblem, at node: ConfigNode) {
        fault(
            "\(node.path.named): \(problem.message)", at: node,
            suggestion: problem.suggestion)
    }

    /// Where a relative path in this node starts.
    func baseDirectory(of node: ConfigNode) -> String {
        if case .commandLine = node.origin { workingDirectory } else { fileDirectory }
    }

    /// A fault about the node's value whose message is not known yet.
    func place(of node: ConfigNode) -> ConfigFault {
        var fault = ConfigFault(file: source.name, message: "")
        fault.path = node.path.description
        place(&fault, at: node.span)
        return fault
    }

    private func place(_ fault: inout ConfigFault, at span: SourceSpan?) {
        guard let span else { return }
        fault.line = span.line
        fault.column = source.column(of: span)
        fault.length = source.length(of: span)
        fault.sourceLine = source.line(of: span, atMost: 1000)
    }

    /// Asked before a fault is placed: to count columns costs time in very long lines.
    private var isFull: Bool { faults.count >= Reading.mostFaults }

    private mutating func add(_ fault: ConfigFault) {
        if !isFull { faults.append(fault) }
    }
}
