// What an encoder writes, the decoder reads back: streamed in pieces and as whole files.
import PorticoCompression
import PorticoCore
import PorticoTesting
import Testing

enum Sample: String, CaseIterable, Sendable {
    case empty, oneByte, text, zeroes, random

    var bytes: [UInt8] {
        switch self {
        case .empty: return []
        case .oneByte: return [0x61]
        case .text: return Array(String(repeating: "The quick brown fox. ", count: 5_000).utf8)
        case .zeroes: return [UInt8](repeating: 0, count: 4 << 20)
        case .random:
            var generator = SplitMix(seed: 42)
            return generator.bytes(1 << 20)
        }
    }
}

func decode(_ bytes: [UInt8], _ coding: ContentCoding, limit: Int = 8 << 20) throws(CompressionError) -> [UInt8] {
    let result: Result<[UInt8], CompressionError> = bytes.withUnsafeBytes { view in
        do throws(CompressionError) {
            return .success(try Decompressor.decompressWhole(view, coding: coding, limit: limit))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

func stream(_ bytes: [UInt8], _ coding: ContentCoding, piece: Int, level: CompressionLevel = .fast) throws -> [UInt8] {
    let encoder = try Compressor.encoder(for: coding, level: level)
    var output: [UInt8] = []
    try bytes.withUnsafeBytes { view in
        var rest = UnsafeRawBufferPointer(rebasing: view[...])
        while rest.count > piece {
            try encoder.encode(UnsafeRawBufferPointer(rebasing: rest.prefix(piece)), .gather, into: &output)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece))
        }
        try encoder.encode(rest, .finish, into: &output)
    }
    return output
}

@Suite struct RoundTripTests {
    @Test(arguments: ContentCoding.allCases, Sample.allCases)
    func `a stream comes back as it was`(coding: ContentCoding, sample: Sample) throws {
        for piece in [4096, 60_000, 8 << 20] {
            let encoded = try stream(sample.bytes, coding, piece: piece)
            #expect(try decode(encoded, coding) == sample.bytes)
        }
    }

    @Test(arguments: ContentCoding.allCases, CompressionLevel.allCases)
    func `a whole file comes back as it was, in fewer bytes`(coding: ContentCoding, level: CompressionLevel) throws {
        for sample in [Sample.text, .zeroes] {
            let plain = sample.bytes
            let encoded = try #require(
                plain.withUnsafeBytes { Compressor.compressWhole($0, coding: coding, level: level) })
            #expect(encoded.count < plain.count / 10)
            #expect(try decode(encoded, coding) == plain)
        }
    }

    @Test(arguments: ContentCoding.allCases)
    func `what does not shrink is not compressed`(coding: ContentCoding) {
        for sample in [Sample.empty, .oneByte, .random] {
            #expect(sample.bytes.withUnsafeBytes { Compressor.compressWhole($0, coding: coding) } == nil)
        }
    }

    @Test(arguments: ContentCoding.allCases)
    func `random bytes grow by little`(coding: ContentCoding) throws {
        let plain = Sample.random.bytes
        #expect(try stream(plain, coding, piece: 16 << 10).count < plain.count + plain.count / 100)
    }

    @Test(arguments: ContentCoding.allCases)
    func `after a flush the receiver has all that was sent`(coding: ContentCoding) throws {
        let encoder = try Compressor.encoder(for: coding)
        var output: [UInt8] = []
        for event in ["data: one\n\n", "data: two\n\n", "data: three\n\n"] {
            let before = output.count
            try Array(event.utf8).withUnsafeBytes { try encoder.encode($0, .flush, into: &output) }
            #expect(output.count > before)
        }
        try encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), .flush, into: &output)
        try encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), .finish, into: &output)
        #expect(try decode(output, coding) == Array("data: one\n\ndata: two\n\ndata: three\n\n".utf8))
    }

    @Test(arguments: ContentCoding.allCases)
    func `a finished encoder takes no more`(coding: ContentCoding) throws {
        let encoder = try Compressor.encoder(for: coding)
        var output: [UInt8] = []
        try encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), .finish, into: &output)
        #expect(throws: CompressionError.finished) {
            try encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), .finish, into: &output)
        }
    }

    @Test(arguments: ContentCoding.allCases)
    func `decoding keeps to its limit`(coding: ContentCoding) throws {
        let bomb = try stream(Sample.zeroes.bytes, coding, piece: 1 << 20)
        #expect(throws: CompressionError.tooLarge(limit: 1 << 20)) { try decode(bomb, coding, limit: 1 << 20) }
    }

    @Test(arguments: ContentCoding.allCases)
    func `broken streams are errors`(coding: ContentCoding) throws {
        let encoded = try stream(Sample.text.bytes, coding, piece: 1 << 20)
        #expect(throws: CompressionError.corrupt) { try decode(Array(encoded.dropLast(3)), coding) }
        #expect(throws: CompressionError.corrupt) { try decode(encoded + [0, 0], coding) }
        #expect(throws: CompressionError.corrupt) { try decode([], coding) }
        #expect(throws: CompressionError.corrupt) { try decode([0xff, 0x00, 0x12, 0x34, 0x56], coding) }
    }
}
