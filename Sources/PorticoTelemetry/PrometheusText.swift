// Writes figures in Prometheus' text format, version 0.0.4. What is written is somebody else's choice.
import PorticoCore

/// The labels of a series, ready to be written: escaped once, used for each of its lines.
package struct MetricLabels: Sendable {
    /// `a="x",b="y"`
    fileprivate var bytes: [UInt8] = []

    package static let none = MetricLabels()

    private init() {}

    package init(_ name: StaticString, _ value: String) { add(name, value) }

    package func with(_ name: StaticString, _ value: String) -> MetricLabels {
        var labels = self
        labels.add(name, value)
        return labels
    }

    private mutating func add(_ name: StaticString, _ value: String) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes += name.bytes
        bytes += [UInt8(ascii: "="), UInt8(ascii: "\"")]
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            // Some readers split lines at it; no name needs one.
            case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

package struct PrometheusText {
    package enum Kind { case counter, gauge, histogram }

    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []
    private var name: StaticString = ""

    package init() { bytes.reserveCapacity(64 << 10) }

    /// What follows are samples of this metric, in one piece as the format asks.
    package mutating func family(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        self.name = name
        bytes += "# HELP ".utf8
        bytes += name.bytes
        bytes.append(UInt8(ascii: " "))
        bytes += help.bytes
        bytes += "\n# TYPE ".utf8
        bytes += name.bytes
        bytes.append(UInt8(ascii: " "))
        bytes += "\(kind)\n".utf8
    }

    package mutating func sample(_ value: Int) { sample(.none, value) }

    package mutating func sample(_ value: Double) { sample(.none, value) }

    package mutating func sample(_ labels: MetricLabels, _ value: Int) {
        line("", labels)
        bytes += "\(value)\n".utf8
    }

    package mutating func sample(_ labels: MetricLabels, _ value: Double) {
        line("", labels)
        bytes += "\(value)\n".utf8
    }

    package mutating func sample(_ labels: MetricLabels, _ value: Bool) { sample(labels, value ? 1 : 0) }

    /// A metric of one sample.
    package mutating func metric(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Int) {
        family(name, kind, help)
        sample(value)
    }

    package mutating func metric(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Double) {
        family(name, kind, help)
        sample(value)
    }

    /// A metric with a sample for each of these.
    package mutating func metric<Subject>(
        _ name: StaticString, _ kind: Kind, _ help: StaticString,
        of subjects: [(subject: Subject, labels: MetricLabels)], _ value: (Subject) -> Int
    ) {
        family(name, kind, help)
        for (subject, labels) in subjects { sample(labels, value(subject)) }
    }

    /// `counts` by bucket of `LatencyBuckets`; the format wants them summed up.
    package mutating func histogram(_ labels: MetricLabels, counts: [Int], seconds: Double) {
        var sum = 0
        for (index, count) in counts.enumerated() {
            sum += count
            line("_bucket", labels, bound: Self.bounds[index])
            bytes += "\(sum)\n".utf8
        }
        line("_sum", labels)
        bytes += "\(seconds)\n".utf8
        line("_count", labels)
        bytes += "\(sum)\n".utf8
    }

    private static let bounds = LatencyBuckets.bounds.map { Array("le=\"\($0)\"".utf8) } + [Array("le=\"+Inf\"".utf8)]

    private mutating func line(_ suffix: StaticString, _ labels: MetricLabels, bound: [UInt8] = []) {
        bytes += name.bytes
        bytes += suffix.bytes
        if !labels.bytes.isEmpty || !bound.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.bytes
            if !labels.bytes.isEmpty, !bound.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += bound
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }
}
