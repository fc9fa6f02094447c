// The writer as its producers meet it: nothing lost, nothing mixed, nothing blocked.
import Glibc
import PorticoCore
import Synchronization
import Testing

@testable import PorticoLog

private func writer(_ sink: FileSink, queueLimit: Int = LogWriter.queueLimit) throws -> LogWriter {
    try #require(LogWriter(sinks: LogSinks(file: sink, console: nil), queueLimit: queueLimit))
}

private func chunk(_ text: String) -> LogChunk {
    let chunk = LogChunk(capacity: max(text.utf8.count, 1))
    var text = text
    text.withUTF8 { bytes in chunk.put(room: bytes.count) { $0.copy(UnsafeRawBufferPointer(bytes)) } }
    for _ in 0..<text.utf8.count(where: { $0 == 0x0a }) { chunk.endLine(at: chunk.cursor) }
    return chunk
}

/// A write that waits until it is let through.
private final class Gate: Sendable {
    private let closed = Mutex(true)

    func open() { closed.withLock { $0 = false } }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        while closed.withLock({ $0 }) { usleep(500) }
        return Glibc.write(descriptor, bytes, count)
    }
}

@Suite struct LogWriterTests {
    let folder = ScratchFolder()

    @Test func `lines of many producers arrive whole, once, and in each one's order`() async throws {
        let writer = try writer(.forTest(folder.path, mostBytes: 300_000, mostRotated: 1000))
        let producers = 8
        let each = 3000
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    let buffer = AccessLineBuffer(writer: writer)
                    for number in 0..<each {
                        var record = AccessRecord()
                        record.status = producer
                        record.bytesOut = number
                        buffer.append(record)
                        if number % 97 == 0 { buffer.handOver() }
                        if number % 500 == 0 { writer.submit(chunk("{\"alone\":\(producer)}\n")) }
                    }
                    buffer.handOver()
                }
            }
        }
        #expect(writer.close())
        #expect(writer.droppedLines == 0)

        var next = [Int](repeating: 0, count: producers)
        var alone = 0
        let rotated = (1..<folder.names.count).map { "test.\($0).log" }
        for name in rotated + ["test.log"] {
            #expect(folder.read(name).count <= 300_000)
            for line in folder.lines(name) {
                if line.hasPrefix("{\"alone\"") {
                    alone += 1
                    continue
                }
                #expect(line.hasPrefix("{\"time\":") && line.hasSuffix("\"total_ms\":0.000,\"reason\":\"ok\"}"))
                let numbers = line.split(separator: "\"status\":")[1].split(separator: ",")
                let producer = try #require(Int(numbers[0]))
                #expect(numbers[2] == "\"bytes_out\":\(next[producer])")
                next[producer] += 1
            }
        }
        #expect(next == [Int](repeating: each, count: producers))
        #expect(alone == producers * each / 500)
    }

    @Test func `close writes what is queued and ends`() throws {
        let writer = try writer(.forTest(folder.path))
        for number in 0..<1000 { writer.submit(chunk("\(number)\n")) }
        #expect(writer.close())
        #expect(folder.lines("test.log") == (0..<1000).map { "\($0)" })
        #expect(writer.close(), "a second close has nothing to do")
        writer.submit(chunk("late\n"))
        #expect(writer.droppedLines == 1)
        #expect(folder.lines("test.log").count == 1000)
    }

    @Test func `a writer that is behind drops whole lines, counts them and says so`() throws {
        let gate = Gate()
        let sink = FileSink(
            directory: folder.path, name: LogFileName(pattern: "test.log", name: "", host: "", processID: 1),
            limits: .init(mostBytes: 1 << 20, mostRotated: 1), systemWrite: { gate.write($0, $1, $2) })
        #expect(sink.open() == nil)
        let writer = try writer(sink, queueLimit: 100)
        for _ in 0..<10 { writer.submit(chunk("one line of twenty..\nand another of 20...\n")) }
        #expect(writer.droppedLines == 16)
        gate.open()
        #expect(writer.flush())
        #expect(writer.close())
        // The writer may have looked in between: then there are several notices.
        var told = 0
        var whole = 0
        for line in folder.lines("test.log") {
            if let count = line.split(separator: #""event":"log_lines_dropped","count":"#).dropFirst().first {
                told += try #require(Int(count.dropLast()))
            } else {
                whole += 1
            }
        }
        #expect(told == 16)
        #expect(whole == 4)
    }

    @Test func `a refused chunk comes back empty`() throws {
        let writer = try writer(.forTest(folder.path), queueLimit: 10)
        let full = chunk("more than ten bytes\n")
        let back = writer.exchange(full)
        #expect(back === full)
        #expect(back.count == 0 && back.lines == 0)
        let deadline = MonotonicTime.now() + .seconds(30)
        while folder.read("test.log").isEmpty, MonotonicTime.now() < deadline { usleep(20_000) }
        #expect(folder.text("test.log").contains(#""count":1}"#), "told although nothing else is logged")
        writer.close()
    }

    @Test func `written chunks are used again`() throws {
        let writer = try writer(.forTest(folder.path))
        var seen: Set<ObjectIdentifier> = []
        var kept: [LogChunk] = []
        var chunk = LogChunk()
        for _ in 0..<50 {
            if seen.insert(ObjectIdentifier(chunk)).inserted { kept.append(chunk) }
            chunk.put("x\n")
            chunk.endLine(at: chunk.cursor)
            chunk = writer.exchange(chunk)
            #expect(writer.flush())
        }
        #expect(seen.count <= 3)
        writer.close()
    }

    @Test func `lost lines are told even when nothing more is logged`() throws {
        let disk = FullDisk(room: 0)
        let writer = try writer(.forTest(folder.path, disk: disk))
        writer.submit(chunk("lost\n"))
        #expect(writer.flush())
        #expect(writer.droppedLines == 1)
        disk.room = .max
        let deadline = MonotonicTime.now() + .seconds(30)
        while folder.read("test.log").isEmpty, MonotonicTime.now() < deadline { usleep(20_000) }
        #expect(folder.text("test.log").contains(#""event":"log_lines_dropped","count":1}"#))
        writer.close()
    }

    @Test func `reopen goes on in a new file`() throws {
        let writer = try writer(.forTest(folder.path))
        writer.submit(chunk("before\n"))
        #expect(writer.flush())
        rename(folder.path + "/test.log", folder.path + "/archive")
        writer.reopen()
        #expect(writer.flush())
        writer.submit(chunk("after\n"))
        #expect(writer.close())
        #expect(folder.text("archive") == "before\n")
        #expect(folder.text("test.log") == "after\n")
    }

    @Test func `a hanging disk does not hold up close for ever`() throws {
        let gate = Gate()
        let sink = FileSink(
            directory: folder.path, name: LogFileName(pattern: "test.log", name: "", host: "", processID: 1),
            limits: .init(mostBytes: 1 << 20, mostRotated: 1), systemWrite: { gate.write($0, $1, $2) })
        #expect(sink.open() == nil)
        let writer = try writer(sink)
        writer.submit(chunk("x\n"))
        #expect(!writer.flush(timeout: .milliseconds(50)))
        #expect(!writer.close(timeout: .milliseconds(50)))
        gate.open()
    }
}
