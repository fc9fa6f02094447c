// The site's own pages for errors, kept in memory: also what a backend caused is told with them, where nobody can wait for
// a disk. A page that changed is read in place, at most twice a second: it is small and was just written.
package import PorticoConfig
package import PorticoCore
package import PorticoHTTP
import Synchronization

package final class ErrorPages: Sendable {
    /// Larger pages are not used: they are held in memory and sent for every error.
    package static let largest = 256 << 10

    private let pages: [KeptPage]

    /// Nil where the site names none.
    package init?(_ settings: SiteSettings) {
        guard !settings.errorPages.isEmpty else { return nil }
        let files = SiteFiles(settings)
        // What names one status goes before what names a class of them.
        let rules = settings.errorPages.filter(\.isSingle) + settings.errorPages.filter { !$0.isSingle }
        pages = rules.map { KeptPage($0, files, directory: settings.directory) }
    }

    /// Nil where no page is meant for the status, or the one that is cannot be read.
    package func page(_ status: Int, now: MonotonicTime) -> ErrorPage? {
        pages.first { $0.statuses.contains(status) }?.current(now)
    }
}

/// One page and the state of the file in which it was read.
private final class KeptPage: Sendable {
    private struct State {
        var stamp: FileStamp?
        var page: ErrorPage?
        var checked: MonotonicTime?
    }

    let statuses: ClosedRange<Int>
    private let relative: String
    private let path: String
    private let files: SiteFiles
    private let state = Mutex(State())
    private static let checkInterval = Interval.milliseconds(500)

    init(_ rule: ErrorPageRule, _ files: SiteFiles, directory: String) {
        statuses = rule.statuses
        relative = rule.file
        path = directory + "/" + rule.file
        self.files = files
        _ = current(.now())
    }

    func current(_ now: MonotonicTime) -> ErrorPage? {
        state.withLock { state in
            if let checked = state.checked, now - checked < Self.checkInterval { return state.page }
            state.checked = now
            let stamp = FileStamp(path: path)
            if stamp != state.stamp {
                state.stamp = stamp
                state.page = read()
            }
            return state.page
        }
    }

    private func read() -> ErrorPage? {
        guard case .file(let found) = files.open(relative: relative), found.stamp.size <= ErrorPages.largest else {
            return nil
        }
        return ErrorPage(
            type: MediaTypes.type(of: relative), body: found.file.read(from: 0, count: found.stamp.size))
    }
}
