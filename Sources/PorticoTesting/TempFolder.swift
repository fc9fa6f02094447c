// A folder for one test, gone with it.
import Glibc

package final class TempFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/portico-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { Self.remove(path) }

    /// Writes a file, folders in between included.
    package func write(_ name: String, _ bytes: some Sequence<UInt8>) {
        makeFolders(above: name)
        Self.write(path + "/" + name, Array(bytes))
    }

    package func write(_ name: String, _ text: String) { write(name, text.utf8) }

    /// Puts new contents in place of old ones as deploys do: written beside, then renamed.
    package func replace(_ name: String, _ bytes: [UInt8]) {
        let beside = path + "/." + String(name.map { $0 == "/" ? "_" : $0 }) + ".new"
        Self.write(beside, bytes)
        rename(beside, path + "/" + name)
    }

    package func makeFolder(_ name: String) {
        makeFolders(above: name + "/x")
    }

    package func link(_ name: String, to target: String) {
        makeFolders(above: name)
        symlink(target, path + "/" + name)
    }

    package func makePipe(_ name: String) { mkfifo(path + "/" + name, 0o644) }

    package func delete(_ name: String) { unlink(path + "/" + name) }

    package func setMode(_ name: String, _ mode: UInt32) { chmod(path + "/" + name, mode) }

    package func shrink(_ name: String, to size: Int) { truncate(path + "/" + name, off_t(size)) }

    /// Sets the time of the last change, in Unix seconds.
    package func setModified(_ name: String, _ seconds: Int) {
        var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
        utimes(path + "/" + name, &times)
    }

    package func bytes(_ name: String) -> [UInt8] {
        guard let file = fopen(path + "/" + name, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
        return bytes
    }

    package func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    private func makeFolders(above name: String) {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
    }

    private static func write(_ path: String, _ bytes: [UInt8]) {
        guard let file = fopen(path, "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private static func remove(_ path: String) {
        guard let folder = opendir(path) else { return }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        closedir(folder)
        for name in names where name != "." && name != ".." {
            if unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        }
        rmdir(path)
    }
}
