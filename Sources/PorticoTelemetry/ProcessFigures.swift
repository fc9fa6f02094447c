// What the kernel knows of this process: memory, processor time, descriptors. Reads /proc; not for an event loop.
import Glibc

package struct ProcessFigures: Sendable {
    package private(set) var residentBytes = 0
    package private(set) var virtualBytes = 0
    package private(set) var threads = 0
    package private(set) var cpuSeconds = 0.0
    /// Since 1970.
    package private(set) var startTime = 0.0
    package private(set) var openDescriptors = 0
    package private(set) var maxDescriptors = 0

    package static func read() -> ProcessFigures {
        var figures = ProcessFigures()
        figures.readStat()
        figures.openDescriptors = countDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.maxDescriptors = Int(clamping: limit.rlim_cur)
        }
        return figures
    }

    /// proc(5): the fields behind the name, which is in parentheses and may hold any byte.
    private mutating func readStat() {
        let text = Self.contents("/proc/self/stat")
        guard let name = text.lastIndex(of: ")") else { return }
        let fields = text[text.index(after: name)...].split(separator: " ").map(String.init)
        guard fields.count > 21 else { return }
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        cpuSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
        threads = Int(fields[17]) ?? 0
        startTime = Self.bootTime + (Double(fields[19]) ?? 0) / ticks
        virtualBytes = Int(fields[20]) ?? 0
        residentBytes = (Int(fields[21]) ?? 0) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }

    private static var bootTime: Double {
        for line in contents("/proc/stat").split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst(6)) ?? 0
        }
        return 0
    }

    private static func countDescriptors() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // `.`, `..`, and the folder's own.
        return max(0, count - 3)
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&block, 1, block.count, file)
            guard count > 0 else { break }
            text += block[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
