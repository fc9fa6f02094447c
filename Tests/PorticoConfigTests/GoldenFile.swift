// Golden files beside the tests, read and (on request) rewritten without Foundation.
import Glibc
import PorticoConfig
import Testing

/// `Golden/NAME.toml` and what is expected of it in `Golden/NAME.expected`.
struct GoldenFile: Sendable, CustomTestStringConvertible {
    static let folder = SourceFile.folder(of: #filePath) + "/Golden"

    let name: String

    static let all: [GoldenFile] = SourceFile.names(in: folder).filter { $0.hasSuffix(".toml") }.sorted()
        .map { GoldenFile(name: String($0.dropLast(5))) }

    var testDescription: String { name }
    var input: [UInt8] { SourceFile.read(GoldenFile.folder + "/\(name).toml") ?? [] }
    var expectedPath: String { GoldenFile.folder + "/\(name).expected" }

    /// The diagnostics; for an accepted file the summary and every value that is not the default.
    func outcome() -> String {
        let loading = ConfigLoader.load(bytes: input, in: .test)
        var lines = loading.faults.map(\.description)
        if case .loaded(let loaded) = loading {
            lines.append(loaded.summary)
            lines += GoldenFile.decided(ConfigPrinter.toml(loaded))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The printed lines without defaults, under the headers that hold any.
    private static func decided(_ printed: String) -> [String] {
        var (lines, header) = ([String](), "")
        for line in printed.split(separator: "\n") where !line.hasSuffix("  # default") && !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                header = String(line)
            } else {
                if !header.isEmpty { lines.append(header) }
                header = ""
                lines.append(String(line))
            }
        }
        return lines
    }
}

enum SourceFile {
    static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
    }

    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// A new, empty folder.
    static func temporaryFolder() -> String? {
        var template = Array("/tmp/portico-config-XXXXXX".utf8CString)
        // SAFETY: `mkdtemp` writes within the null-terminated buffer and returns a pointer to it, read before it ends.
        return template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let start = buffer.baseAddress, let path = mkdtemp(start) else { return nil }
            return String(cString: path)
        }
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, file)
    }
}
