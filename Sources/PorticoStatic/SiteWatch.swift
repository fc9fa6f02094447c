// Notices changes of cached files as the system reports them, so that nobody has to ask the disk. One thread per site, once
// it has cached files.
//
// It watches the folders of the cached files, up to the root. It does not cover files reached through symbolic links, files
// with several names and file systems that report nothing: those entries ask for themselves (StaticEntry.isFresh).
import Glibc
import PorticoCore
import Synchronization

/// Holds an entry's place in the watch; gone with the entry.
final class WatchedFile: Sendable {
    fileprivate let number: Int
    private let watch: SiteWatch

    fileprivate init(_ number: Int, _ watch: SiteWatch) {
        self.number = number
        self.watch = watch
    }

    deinit { watch.forget(number) }

    /// Memory held, roughly, the table's part included.
    static let footprint = 400
}

final class SiteWatch: Sendable {
    fileprivate struct Folder {
        var path: String
        /// Entries in it and below.
        var users = 0
    }

    fileprivate struct Interest {
        var key: [UInt8]
        /// Relative to the root; a report of any of them ends the entry.
        var names: [String]
        var folders: [CInt]
    }

    fileprivate struct State {
        var root: WatchedRoot
        var inotify: Inotify?
        var folders: [CInt: Folder] = [:]
        var numbers: [String: CInt] = [:]
        var interests: [Int: Interest] = [:]
        var byName: [String: Set<Int>] = [:]
        var nextNumber = 0
        var isClosed = false
    }

    /// Of one site. The system's own limit is per user and shared with other programs.
    static let maxFolders = 2048

    private let state: Mutex<State>
    private let cache: FileCache
    private let counters: SiteCounters
    /// How often the root itself is looked at: it may be a link that a deploy sets to another folder.
    private static let rootInterval: CInt = 250

    init(root: String, cache: FileCache, counters: SiteCounters) {
        state = Mutex(State(root: WatchedRoot(root)))
        self.cache = cache
        self.counters = counters
    }

    // MARK: Entries

    /// Watches an opened file for the entry under `key`; nil where it has to be asked about. `rivals` are files, relative to
    /// the root, that would be served in its place if they were there. Before it trusts the watch, the caller looks at the
    /// file once more: what changed before this call is not reported.
    func watch(_ relative: String, descriptor: CInt, key: [UInt8], rivals: [String]) -> WatchedFile? {
        checkRoot()
        let number: Int? = state.withLock { state in
            guard !state.isClosed, state.root.contains(descriptor, as: relative) else { return nil }
            guard let folders = Self.watchFolders(above: relative, &state, self) else { return nil }
            state.nextNumber += 1
            let names = [relative] + rivals
            state.interests[state.nextNumber] = Interest(key: key, names: names, folders: folders)
            for name in names { state.byName[name, default: []].insert(state.nextNumber) }
            for folder in folders { state.folders[folder]?.users += 1 }
            if state.interests.count == 1 { state.inotify?.wake() }
            return state.nextNumber
        }
        return number.map { WatchedFile($0, self) }
    }

    /// Whether nothing was reported since `watch`.
    func isUnchanged(_ file: WatchedFile) -> Bool {
        state.withLock { $0.interests[file.number] != nil }
    }

    fileprivate func forget(_ number: Int) {
        state.withLock { $0.drop(number) }
    }

    /// Ends the thread and lets go of the cache.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.interests = [:]
            state.byName = [:]
            state.inotify?.wake()
        }
        cache.removeAll()
    }

    // MARK: Folders

    /// The numbers of all folders from the root down to the file's.
    private static func watchFolders(above relative: String, _ state: inout State, _ watch: SiteWatch) -> [CInt]? {
        guard let inotify = watch.started(&state) else { return nil }
        var numbers: [CInt] = []
        var path = ""
        for part in [""] + relative.split(separator: "/").dropLast().map(String.init) {
            path = path.isEmpty ? part : path + "/" + part
            if let number = state.numbers[path] {
                // By byte: names that Unicode takes for the same are different folders.
                guard state.folders[number]?.path.utf8.elementsEqual(path.utf8) == true else { return nil }
                numbers.append(number)
                continue
            }
            if state.folders.count >= maxFolders { state.dropUnusedFolders() }
            guard state.folders.count < maxFolders, let number = inotify.add(state.root.path(of: path)) else {
                return nil
            }
            // The same folder under another name: it was moved, and the report of that is still to come.
            if state.folders[number] != nil { return nil }
            state.folders[number] = Folder(path: path)
            state.numbers[path] = number
            numbers.append(number)
        }
        return numbers
    }

    /// The descriptor and its thread are made when the first file is watched.
    private func started(_ state: inout State) -> Inotify? {
        if let inotify = state.inotify { return inotify }
        guard let inotify = Inotify(), let thread = SystemThread({ self.run(inotify) }) else { return nil }
        thread.abandon()
        state.inotify = inotify
        return inotify
    }

    // MARK: The thread

    private func run(_ inotify: Inotify) {
        while true {
            let pause: CInt? = state.withLock { $0.isClosed ? nil : $0.interests.isEmpty ? -1 : Self.rootInterval }
            guard let pause else { return }
            let events = inotify.wait(milliseconds: pause)
            checkRoot()
            guard !events.isEmpty else { continue }
            end { state in
                var changed: Set<Int> = []
                for event in events { state.note(event, &changed) }
                return changed
            }
        }
    }

    /// A deploy may have set the root to another folder. The disk is asked without the lock: an event loop may want it.
    private func checkRoot() {
        let root = state.withLock { $0.root }
        guard !root.isUnchanged else { return }
        let now = WatchedRoot(root.path)
        end { $0.move(to: now) }
    }

    /// Ends entries: out of the watch first, then out of the cache. Who stores one asks in the reverse order.
    private func end(_ choose: (inout State) -> Set<Int>) {
        let keys = state.withLock { state in
            let keys = state.take(choose(&state))
            // Counted before anybody learns of it: whoever sees the new file finds the change counted.
            counters.countChanges(keys.count)
            return keys
        }
        for key in keys { cache.remove(key) }
    }
}

extension SiteWatch.State {
    fileprivate mutating func note(_ event: Inotify.Event, _ changed: inout Set<Int>) {
        if event.isOverflow { return changed.formUnion(interests.keys) }
        guard let folder = folders[event.folder] else { return }
        if event.endsFolder { return dropFolders(at: folder.path, &changed) }
        let name = folder.path.isEmpty ? event.name : folder.path + "/" + event.name
        changed.formUnion(byName[name] ?? [])
        for coding in ContentCoding.allCases where name.hasSuffix(coding.sidecarSuffix) {
            changed.formUnion(byName[String(name.dropLast(coding.sidecarSuffix.count))] ?? [])
        }
        if event.isAboutNames, numbers[name] != nil { dropFolders(at: name, &changed) }
    }

    /// A folder is another than it was: its entries and those below it end, and so do the watches.
    private mutating func dropFolders(at path: String, _ changed: inout Set<Int>) {
        let prefix = path.isEmpty ? "" : path + "/"
        for (number, interest) in interests where interest.names.contains(where: { $0.utf8.starts(with: prefix.utf8) })
        {
            changed.insert(number)
        }
        for (number, folder) in folders where folder.path == path || folder.path.utf8.starts(with: prefix.utf8) {
            removeFolder(number, folder)
        }
    }

    /// Everything ends; the root is what its path names now.
    fileprivate mutating func move(to now: WatchedRoot) -> Set<Int> {
        for (number, folder) in folders { removeFolder(number, folder) }
        root = now
        return Set(interests.keys)
    }

    fileprivate mutating func dropUnusedFolders() {
        for (number, folder) in folders where folder.users == 0 { removeFolder(number, folder) }
    }

    private mutating func removeFolder(_ number: CInt, _ folder: SiteWatch.Folder) {
        inotify?.remove(number)
        folders[number] = nil
        numbers[folder.path] = nil
    }

    /// The keys of those entries, which end here.
    fileprivate mutating func take(_ changed: Set<Int>) -> [[UInt8]] {
        changed.compactMap { number in
            let key = interests[number]?.key
            drop(number)
            return key
        }
    }

    fileprivate mutating func drop(_ number: Int) {
        guard let interest = interests.removeValue(forKey: number) else { return }
        for folder in interest.folders { folders[folder]?.users -= 1 }
        for name in interest.names {
            byName[name]?.remove(number)
            if byName[name]?.isEmpty == true { byName[name] = nil }
        }
    }
}
