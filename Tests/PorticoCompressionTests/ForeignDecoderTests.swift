// gzip output is read by a decoder that is not ours: the `gzip` tool, where it is installed.
import Glibc
import PorticoCompression
import PorticoCore
import Testing

private let gzipTool = "/bin/gzip"

@Suite struct ForeignDecoderTests {
    @Test(.enabled(if: access(gzipTool, X_OK) == 0, "no gzip tool on this machine"))
    func `the gzip tool reads our gzip`() throws {
        for sample in Sample.allCases {
            let encoded = try stream(sample.bytes, .gzip, piece: 32 << 10, level: .balanced)
            #expect(try ungzip(encoded) == sample.bytes)
        }
    }

    private func ungzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var template = Array("/tmp/portico-gzip-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try #require(file >= 0)
        defer {
            close(file)
            unlink(template)
        }
        #expect(write(file, bytes, bytes.count) == bytes.count)
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let pipe = try #require(popen("\(gzipTool) -dc < \(path)", "r"))
        var output: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&block, 1, block.count, pipe), count > 0 { output += block[..<count] }
        #expect(pclose(pipe) == 0)
        return output
    }
}
