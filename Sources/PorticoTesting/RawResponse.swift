// A response as it came over the wire, taken apart just far enough for tests. Stricter than browsers: what is malformed
// throws.
import PorticoCore

package struct RawResponse: Sendable {
    package var status = 0
    package var reason = ""
    package var fields: [(name: String, value: String)] = []
    /// Without the chunked coding.
    package var body: [UInt8] = []
    package var isChunked = false
    /// Field lines after the last chunk.
    package var trailers = ""

    package var text: String { String(decoding: body, as: UTF8.self) }

    package subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The response at the start of `bytes` and its length; nil where it is not whole yet.
    static func parse(_ bytes: [UInt8], toHead: Bool, isEnded: Bool) throws -> (RawResponse, Int)? {
        guard let headEnd = bytes.firstIndex(of: "\r\n\r\n", from: 0) else { return nil }
        var response = RawResponse()
        try response.readHead(String(decoding: bytes[..<headEnd], as: UTF8.self))
        let start = headEnd + 4
        if toHead || response.status < 200 || response.status == 204 || response.status == 304 {
            return (response, start)
        }
        if response["transfer-encoding"] == "chunked" {
            response.isChunked = true
            return try response.readChunks(bytes, from: start).map { (response, $0) }
        }
        guard let length = response["content-length"] else {
            guard isEnded else { return nil }
            response.body = Array(bytes[start...])
            return (response, bytes.count)
        }
        guard let count = Int(length) else { throw ClientFailure(description: "Content-Length: \(length)") }
        guard bytes.count >= start + count else { return nil }
        response.body = Array(bytes[start..<(start + count)])
        return (response, start + count)
    }

    private mutating func readHead(_ head: String) throws {
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let first = lines.removeFirst()
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw ClientFailure(description: "status line: \(first)")
        }
        self.status = status
        reason = words.count > 2 ? String(words[2]) : ""
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw ClientFailure(description: "field line: \(line)") }
            fields.append((String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
        }
    }

    /// The end of the last chunk's trailers; nil where there is more to come.
    private mutating func readChunks(_ bytes: [UInt8], from start: Int) throws -> Int? {
        var index = start
        while true {
            guard let lineEnd = bytes.firstIndex(of: "\r\n", from: index) else { return nil }
            let line = String(decoding: bytes[index..<lineEnd], as: UTF8.self)
            guard let size = Int(line, radix: 16) else { throw ClientFailure(description: "chunk size: \(line)") }
            index = lineEnd + 2
            if size == 0 { break }
            guard bytes.count >= index + size + 2 else { return nil }
            body += bytes[index..<(index + size)]
            guard bytes[index + size] == 0x0D, bytes[index + size + 1] == 0x0A else {
                throw ClientFailure(description: "no line end after a chunk")
            }
            index += size + 2
        }
        if bytes.count >= index + 2, bytes[index] == 0x0D, bytes[index + 1] == 0x0A { return index + 2 }
        guard let end = bytes.firstIndex(of: "\r\n\r\n", from: index) else { return nil }
        trailers = String(decoding: bytes[index..<end], as: UTF8.self)
        return end + 4
    }
}

extension [UInt8] {
    /// Where `text` begins, at `start` or behind.
    package func firstIndex(of text: String, from start: Int) -> Int? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        var index = start
        while index <= count - wanted.count {
            if self[index] == wanted[0], self[index..<(index + wanted.count)].elementsEqual(wanted) { return index }
            index += 1
        }
        return nil
    }

    package func contains(_ text: String) -> Bool { firstIndex(of: text, from: 0) != nil }
}
