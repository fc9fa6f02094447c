// Deploys under load: whatever is replaced by rename, each answer is one version and whole.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoTesting
import Synchronization
import Testing

@Suite struct RenameTests {
    private static let clients = 64
    private static let requestsPerClient = 160
    private static let names = ["small.txt", "page.html", "style.css", "large.txt", "larger.bin"]

    /// A body that says in every line which version it is and how many lines there are.
    private static func body(_ name: String, version: Int) -> [UInt8] {
        let lines = (name.hasPrefix("large") ? 1800 : 40) + version % 97
        return Array(String(repeating: "\(name) version \(version) of \(lines) lines\n", count: lines).utf8)
    }

    /// The version, or nil for a body that is cut or mixed.
    private static func version(of body: [UInt8], _ name: String) -> Int? {
        guard let end = body.firstIndex(of: 0x0A) else { return nil }
        let words = String(decoding: body[..<end], as: UTF8.self).split(separator: " ")
        guard words.count == 6, let version = Int(words[2]) else { return nil }
        return body == Self.body(name, version: version) ? version : nil
    }

    private static func plain(_ answer: RawResponse) throws -> [UInt8] {
        guard answer["Content-Encoding"] == "gzip" else { return answer.body }
        return try answer.body.withUnsafeBytes { try Decompressor.decompressWhole($0, coding: .gzip, limit: 1 << 20) }
    }

    private final class Deploys: Sendable {
        let latest = Atomic(0)
        let finishedClients = Atomic(0)
    }

    private struct Seen: Sendable {
        let name: String
        let etag: String
        let version: Int?
        let latest: Int
        let isFramed: Bool
        let count: Int
    }

    @Test func everyBodyIsOneVersionWithItsOwnETagAndLength() async throws {
        let site = TempSite()
        for name in Self.names { site.files.write(name, Self.body(name, version: 0)) }
        let deploys = Deploys()
        try await serving(site, { $0.server.keepAliveTimeout = .seconds(20) }) { served in
            let port = served.server.port
            let files = site.files
            // One thread replaces for as long as the others ask.
            let seen = try await Crowd.run(Self.clients + 1) { number -> [Seen] in
                if number == Self.clients {
                    Self.replace(in: files, deploys)
                    return []
                }
                defer { deploys.finishedClients.add(1, ordering: .relaxed) }
                return try Self.ask(port, number, deploys)
            }.flatMap { $0 }
            #expect(seen.count >= 10_000)
            Self.check(seen)
        }
        #expect(deploys.latest.load(ordering: .relaxed) > 5)
    }

    private static func replace(in files: TempFolderPart, _ deploys: Deploys) {
        while deploys.finishedClients.load(ordering: .relaxed) < clients {
            let version = deploys.latest.add(1, ordering: .relaxed).newValue
            for name in names { files.replace(name, body(name, version: version)) }
            RawClient.sleep(.milliseconds(20))
        }
    }

    private static func ask(_ port: Int, _ number: Int, _ deploys: Deploys) throws -> [Seen] {
        let client = try RawClient(port, timeout: .seconds(20))
        return try (0..<requestsPerClient).map { round in
            let name = names[(number + round) % names.count]
            let coding = round % 3 == 0 ? "gzip" : "identity"
            let answer = try client.exchange("GET /\(name) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: \(coding)\r\n\r\n")
            return Seen(
                name: name, etag: answer["ETag"] ?? "", version: version(of: try plain(answer), name),
                latest: deploys.latest.load(ordering: .relaxed),
                // Chunked is what is sent while it is encoded.
                isFramed: answer.isChunked ? coding == "gzip" : answer["Content-Length"] == "\(answer.body.count)",
                count: answer.body.count)
        }
    }

    private static func check(_ seen: [Seen]) {
        var versionOfTag: [String: Int] = [:]
        var faults: [String] = []
        for answer in seen {
            guard let version = answer.version, version <= answer.latest else {
                faults.append("\(answer.name): a mixed, cut or unknown body of \(answer.count) bytes")
                continue
            }
            if !answer.isFramed { faults.append("\(answer.name): Content-Length") }
            let known = versionOfTag.updateValue(version, forKey: answer.name + answer.etag) ?? version
            if known != version { faults.append("\(answer.name): \(answer.etag) is \(known) and \(version)") }
        }
        #expect(faults.isEmpty, "\(faults.count) faults, first: \(faults.prefix(3))")
    }
}
