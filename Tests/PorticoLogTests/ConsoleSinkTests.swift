// The console as a sink: a reader that keeps up, one that stands still, one that went away.
import Glibc
import Testing

@testable import PorticoLog

private struct Pipe {
    let reader: Int32
    let writer: Int32

    init() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        reader = ends[0]
        writer = ends[1]
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    func drain() -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(reader, &block, block.count), count > 0 { bytes += block[..<count] }
        return bytes
    }
}

private func write(_ text: String, to sink: ConsoleSink) -> Int {
    var text = text
    return text.withUTF8 { sink.write(UnsafeRawBufferPointer($0)) }
}

@Suite struct ConsoleSinkTests {
    @Test func `lines come through as they are`() {
        let pipe = Pipe()
        let sink = ConsoleSink(descriptor: pipe.writer)
        let text = String(repeating: "{\"a\":1}\n", count: 5000)
        #expect(write(text, to: sink) == 0)
        #expect(pipe.drain() == Array(text.utf8))
    }

    @Test func `a reader that stands still costs lines, not time, and is told afterwards`() throws {
        let pipe = Pipe()
        let sink = ConsoleSink(descriptor: pipe.writer)
        let line = String(repeating: "x", count: 99) + "\n"
        let lost = write(String(repeating: line, count: 2000), to: sink)
        #expect(lost > 0)
        #expect(write(line, to: sink) == 1)
        sink.tellLosses(0)
        #expect(sink.unreported == lost + 1)

        let seen = pipe.drain()
        #expect(seen.count == (2000 - lost) * 100, "whole lines only")
        sink.tellLosses(3)
        #expect(sink.unreported == 0)
        let notice = String(decoding: pipe.drain(), as: UTF8.self)
        #expect(notice.hasSuffix("\"count\":\(lost + 4)}\n"))
    }

    @Test func `a line longer than a piece that stays unfinished gets an end before the next`() {
        let pipe = Pipe()
        let sink = ConsoleSink(descriptor: pipe.writer)
        #expect(write(String(repeating: "y", count: 300_000) + "\n", to: sink) == 1)
        let part = pipe.drain()
        #expect(write("next\n", to: sink) == 0)
        #expect(part.allSatisfy { $0 == UInt8(ascii: "y") })
        #expect(pipe.drain() == Array("\nnext\n".utf8))
    }

    @Test func `a reader that went away ends nothing`() throws {
        let pipe = Pipe()
        let writer = try #require(LogWriter(sinks: LogSinks(file: nil, console: ConsoleSink(descriptor: pipe.writer))))
        close(pipe.reader)
        let chunk = LogChunk()
        chunk.put("x\n")
        chunk.endLine(at: chunk.cursor)
        writer.submit(chunk)
        #expect(writer.flush())
        #expect(writer.droppedLines == 1)
        #expect(writer.close())
    }
}
