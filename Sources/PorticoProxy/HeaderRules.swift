// `request_headers` and `response_headers` of a route, compiled: which lines go, which come. They work on lines already
// written, hop-by-hop fields gone and framing not yet there, so that a rule can reach everything but those.
import NIOCore
import PorticoConfig
import PorticoCore

struct HeaderRules: Sendable {
    /// Lower case, by length.
    private let dropped: [[UInt8]]
    private let lines: [UInt8]

    /// Nil where there is nothing to do. For own answers, rules about what an answer holds and how long it may be kept
    /// are left out: they are meant for what a backend sends, not for errors of our own.
    init?(_ settings: HeaderRuleSettings, forOwnAnswers: Bool = false) {
        let applies = { (name: String) in !forOwnAnswers || !Self.aboutContent.contains(name.lowercased()) }
        let replaced = settings.set.filter { applies($0.name) }
        let added = settings.add.filter { applies($0.name) }
        let names = Set((settings.remove.filter(applies) + replaced.map(\.name)).map { $0.lowercased() })
        guard !names.isEmpty || !added.isEmpty else { return nil }
        dropped = names.sorted().map { Array($0.utf8) }
        lines = (replaced + added).flatMap { Array("\($0.name): \($0.value)\r\n".utf8) }
    }

    private static let aboutContent: Set<String> = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-location",
        "content-range", "content-type", "etag", "expires", "last-modified", "vary",
    ]

    /// Changes the field lines from `start` to the end of the buffer.
    func apply(to buffer: inout ByteBuffer, from start: Int) {
        if !dropped.isEmpty { drop(from: &buffer, start) }
        buffer.writeBytes(lines)
    }

    private func drop(from buffer: inout ByteBuffer, _ start: Int) {
        var kept = 0
        let offset = start - buffer.readerIndex
        buffer.withUnsafeMutableReadableBytes { bytes in
            // SAFETY: reads run ahead of writes within the readable bytes; both are checked against their bounds.
            let region = UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
            var line = 0
            while line < region.count {
                let end = Self.end(of: region, from: line)
                if !isDropped(UnsafeRawBufferPointer(region), from: line, to: end) {
                    for byte in 0..<(end - line) where kept != line { region[kept + byte] = region[line + byte] }
                    kept += end - line
                }
                line = end
            }
        }
        buffer.moveWriterIndex(to: start + kept)
    }

    /// Behind the line feed.
    private static func end(of region: UnsafeMutableRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < region.count, region[index] != 0x0A { index += 1 }
        return min(index + 1, region.count)
    }

    private func isDropped(_ region: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bool {
        var colon = start
        while colon < end, region[colon] != 0x3A { colon += 1 }
        let name = UnsafeRawBufferPointer(rebasing: region[start..<colon])
        return dropped.contains { $0.withUnsafeBytes { $0.equalsIgnoringCase(name) } }
    }
}
