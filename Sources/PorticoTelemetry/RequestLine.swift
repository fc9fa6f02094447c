// One finished request, kept as text for the status page. Made for few of them: those that are kept or watched.
package import PorticoCore

package struct RequestLine: Sendable {
    /// When it ended, in milliseconds since 1970.
    package var unixMilliseconds: Int64 = 0
    package var method = ""
    package var host = ""
    /// Cut at `longestPath` bytes.
    package var path = ""
    package var status = 0
    package var milliseconds = 0.0
    package var bytesOut = 0
    package var client = ""
    package var route = ""
    package var target = ""
    package var reason = ""
    package var id = RequestID(value: 0)
    /// The id that a trusted proxy gave it; it takes the place of ours.
    package var givenID = ""

    package static let longestPath = 512

    package init() {}

    /// As the access line has it.
    package var shownID: String { givenID.isEmpty ? id.text : givenID }
}

/// Which lines somebody wants to see.
package struct LineFilter: Sendable, Equatable {
    /// 4 for 400 to 499; nil: all.
    package var family: Int?
    package var minMilliseconds = 0.0
    /// Bytes that the path, the host, the route, the target or the client must hold, whatever their case.
    package var text = ""

    package init() {}

    package func takes(_ line: RequestLine) -> Bool {
        if let family, line.status / 100 != family { return false }
        guard line.milliseconds >= minMilliseconds else { return false }
        guard !text.isEmpty else { return true }
        let wanted = Array(text.lowercased().utf8)
        return [line.path, line.route, line.target, line.host, line.client, line.method, line.reason, line.shownID]
            .contains {
                Self.holds($0.lowercased().utf8, wanted)
            }
    }

    private static func holds(_ text: String.UTF8View, _ wanted: [UInt8]) -> Bool {
        let bytes = Array(text)
        guard bytes.count >= wanted.count else { return false }
        return (0...bytes.count - wanted.count).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
