// Two writers at one folder, as while one process takes another's place: their files are one family all the same.
import PorticoCompression
import PorticoCore
import Testing

@testable import PorticoLog

@Suite struct TwoWritersTests {
    let folder = ScratchFolder()

    private func text(_ name: String) throws -> String {
        guard name.hasSuffix(".gz") else { return folder.text(name) }
        let bytes = try folder.read(name).withUnsafeBytes {
            try Decompressor.decompressWhole($0, coding: .gzip, limit: 1 << 24)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Each has descriptors and an archive of its own, as processes have.
    private func write(_ count: Int, mostBytes: Int) throws {
        let path = folder.path
        let threads = try (0..<2).map { writer in
            try #require(
                SystemThread {
                    let archive = LogArchive()
                    let sink = FileSink.forTest(path, mostBytes: mostBytes, mostRotated: 100_000, archive: archive)
                    for number in 0..<count { _ = sink.writeBatch("writer \(writer) line \(number)\n") }
                    sink.close()
                    archive?.waitUntilDone()
                    archive?.close()
                })
        }
        for thread in threads { thread.join() }
    }

    @Test func `no line is lost and none is there twice while both rotate and compress`() throws {
        try write(3000, mostBytes: 500)
        var counts: [Substring: Int] = [:]
        for name in folder.names {
            let text = try text(name)
            #expect(text.utf8.count <= 500, "\(name)")
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                counts[line, default: 0] += 1
            }
        }
        let expected = (0..<2).flatMap { writer in (0..<3000).map { "writer \(writer) line \($0)" } }
        #expect(expected.count { counts[Substring($0)] == nil } == 0, "lines that are missing")
        #expect(counts.count { $0.value > 1 } == 0, "lines that are there twice")
        #expect(counts.count == expected.count)
    }
}
