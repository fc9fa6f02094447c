// Tells the operator on standard error that the log cannot be written: once, not once per line.
import Glibc
import PorticoCore

struct FaultReport {
    private let output: (String) -> Void
    private var told: Set<String> = []
    private var lastFault = MonotonicTime.never

    init(output: @escaping (String) -> Void = FaultReport.standardError) { self.output = output }

    /// Says it, unless it was said since the log was last in order.
    mutating func tell(_ what: String, code: Int32) {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        lastFault = .now()
        guard told.insert("\(what): \(reason)").inserted else { return }
        output("portico: log: \(what): \(reason)\n")
    }

    /// The log is in order; after a minute of that the next fault is news again. A disk that is full on and off is not.
    mutating func settle() {
        if !told.isEmpty, MonotonicTime.now() - lastFault > .seconds(60) { told.removeAll() }
    }

    static func standardError(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
