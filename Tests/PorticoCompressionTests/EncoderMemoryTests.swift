// What the best encodings take while they are made, and that they leave nothing behind.
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoCompression

@Suite struct EncoderMemoryTests {
    /// Contents of one MiB, the most that is encoded in the background.
    enum Contents: CaseIterable, Sendable {
        case script, zeroes
        /// The worst that is known for brotli: every place has many matches, none of which is long.
        case coins

        var bytes: [UInt8] {
            var generator = SplitMix(seed: 7)
            switch self {
            case .script:
                let words = (0..<3000).map { _ in generator.bytes(2 + Int(generator.next() % 8)).map { 0x61 + $0 % 26 }
                }
                var text: [UInt8] = []
                while text.count < 1 << 20 {
                    text += words[Int(generator.next() % 3000)]
                    text.append([0x20, 0x3B, 0x3D, 0x28, 0x0A][Int(generator.next() % 5)])
                }
                return Array(text.prefix(1 << 20))
            case .zeroes: return [UInt8](repeating: 0x30, count: 1 << 20)
            case .coins: return generator.bytes(1 << 20).map { 0x61 + $0 % 2 }
            }
        }

        /// MiB. docs/static.md tells these bounds.
        func bound(_ coding: ContentCoding) -> Int {
            switch coding {
            case .brotli: self == .coins ? 26 : 18
            case .zstd: 14
            case .gzip: 0
            }
        }
    }

    @Test(arguments: ContentCoding.allCases, Contents.allCases)
    func `the best encoding of a MiB keeps to its memory`(coding: ContentCoding, contents: Contents) throws {
        let plain = contents.bytes
        let memory = EncoderMemory()
        let coded = try #require(
            plain.withUnsafeBytes { Compressor.compressWhole($0, coding: coding, level: .best, memory: memory) })
        #expect(memory.peak <= contents.bound(coding) << 20)
        #expect(coding == .gzip || memory.peak > 1 << 20, "it took its memory elsewhere")
        #expect(memory.bytes == 0)
        #expect(try decode(coded, coding) == plain)
    }

    @Test(arguments: [ContentCoding.brotli, .zstd])
    func `a small file takes less`(coding: ContentCoding) throws {
        let plain = Array(Contents.script.bytes.prefix(16 << 10))
        let memory = EncoderMemory()
        _ = try #require(
            plain.withUnsafeBytes { Compressor.compressWhole($0, coding: coding, level: .best, memory: memory) })
        #expect(memory.peak <= 4 << 20)
    }

    /// What is encoded once and for all while a client waits: up to 4 MiB. It takes what it would take in one piece.
    @Test(arguments: [ContentCoding.brotli, .zstd], Contents.allCases)
    func `an encoding in pieces keeps to its memory`(coding: ContentCoding, contents: Contents) throws {
        let plain = (0..<4).flatMap { _ in contents.bytes }
        var encoder: (any ContentEncoder)? = try Compressor.encoder(for: coding, fileOf: plain.count, level: .balanced)
        let memory = try #require((encoder as? BrotliEncoder)?.memory ?? (encoder as? ZstdEncoder)?.memory)
        var coded: [UInt8] = []
        for start in stride(from: 0, to: plain.count, by: 64 << 10) {
            try plain[start..<min(start + 64 << 10, plain.count)].withUnsafeBytes {
                try encoder?.encode($0, start + 64 << 10 >= plain.count ? .finish : .gather, into: &coded)
            }
        }
        let inOnePiece = EncoderMemory()
        _ = plain.withUnsafeBytes {
            Compressor.compressWhole($0, coding: coding, level: .balanced, memory: inOnePiece)
        }
        #expect(memory.peak > 1 << 20 && memory.peak <= 28 << 20)
        #expect(memory.peak <= inOnePiece.peak + 5 << 20, "\(memory.peak >> 10) KiB, else \(inOnePiece.peak >> 10)")
        #expect(try decode(coded, coding) == plain)
        encoder = nil
        #expect(memory.bytes == 0)
    }

    @Test func `blocks of all sizes are whole, aligned and apart`() throws {
        let memory = EncoderMemory()
        let sizes = [1, 100, 65_471, 65_472, 65_473, 1 << 20]
        let blocks = try sizes.map { try #require(EncoderMemory.allocate(memory.reference, $0)) }
        for (number, block) in blocks.enumerated() {
            #expect(UInt(bitPattern: block) % 16 == 0)
            block.initializeMemory(as: UInt8.self, repeating: UInt8(number), count: sizes[number])
        }
        for (number, block) in blocks.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: block, count: sizes[number])
            #expect(bytes.allSatisfy { $0 == UInt8(number) })
        }
        #expect(memory.bytes >= sizes.reduce(0, +) && memory.peak == memory.bytes)
        for block in blocks { EncoderMemory.free(memory.reference, block) }
        EncoderMemory.free(memory.reference, nil)
        #expect(memory.bytes == 0)
    }
}
