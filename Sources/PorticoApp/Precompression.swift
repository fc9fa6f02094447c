// `portico precompress` as a whole: which folder, how it goes on, how it ended. What is written, and when, is
// SitePrecompressor's part.
import Glibc
import NIOCore
package import PorticoConfig
package import PorticoCore
import PorticoStatic
import Synchronization

package struct Precompression {
    private let sites: [SiteSettings]
    private let encodings: [ContentCoding]?
    private let isForced: Bool

    package init(_ sites: [SiteSettings], encodings: [ContentCoding]?, force: Bool) {
        self.sites = sites
        self.encodings = encodings
        isForced = force
    }

    /// The process's exit code: 0 where every file has what it should have, 1 where some could not be read or written,
    /// 2 where there is no such folder.
    package func run() -> CInt {
        SystemThread.yieldToOthers()
        return sites.map { run($0) }.max() ?? 0
    }

    private func run(_ site: SiteSettings) -> CInt {
        let work = SitePrecompressor(site, encodings: encodings ?? site.compression.encodings, force: isForced)
        let progress = PrecompressionProgress()
        do throws(SitePrecompressor.Failure) {
            let summary = try work.run(threads: System.coreCount) { progress.show($0) }
            progress.end()
            for failure in summary.failures { Self.tell("portico: \(failure)") }
            print(Self.text(summary, in: site.directory))
            return summary.failures.isEmpty ? 0 : 1
        } catch {
            switch error {
            case .noFolder(let path): Self.tell("portico: there is no folder \(path)")
            case .unreadableFolder(let path, let code):
                Self.tell("portico: cannot read \(path): \(String(cString: strerror(code)))")
            }
            return 2
        }
    }

    private static func text(_ summary: SitePrecompressor.Summary, in folder: String) -> String {
        var parts = ["\(summary.written) written"]
        if summary.fresh > 0 { parts.append("\(summary.fresh) up to date") }
        if summary.useless > 0 { parts.append("\(summary.useless) would not be smaller") }
        if !summary.failures.isEmpty { parts.append("\(summary.failures.count) failed") }
        let head = "\(folder): \(summary.files) files; sidecars: \(parts.joined(separator: ", "))"
        guard summary.written > 0 else { return head }
        let saved = summary.plainBytes - summary.codedBytes
        return head + "; \(size(summary.plainBytes)) became \(size(summary.codedBytes)), \(size(saved)) saved"
    }

    private static func size(_ bytes: Int) -> String {
        let units = [("MiB", 1 << 20), ("KiB", 1 << 10)]
        for (name, unit) in units where bytes >= unit {
            return "\(bytes * 10 / unit / 10).\(bytes * 10 / unit % 10) \(name)"
        }
        return "\(bytes) bytes"
    }

    fileprivate static func tell(_ line: String) { write(line + "\n") }

    fileprivate static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// A bar that is redrawn on a terminal, elsewhere a line for each tenth; both on standard error.
private final class PrecompressionProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let tenth = Atomic(0)
    private static let width = 30

    /// One call at a time.
    func show(_ progress: SitePrecompressor.Progress) {
        if isTerminal {
            let filled = Self.width * progress.done / max(progress.total, 1)
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
            let name = String(progress.name.suffix(40).map { $0.isASCII && $0 >= " " ? $0 : "?" })
            Precompression.write("\r\u{1B}[K[\(bar)] \(progress.done)/\(progress.total) \(name)")
        } else {
            let reached = progress.done * 10 / max(progress.total, 1)
            guard tenth.exchange(reached, ordering: .relaxed) != reached else { return }
            Precompression.tell("\(progress.done) of \(progress.total) files")
        }
    }

    func end() { if isTerminal { Precompression.write("\r\u{1B}[K") } }
}
