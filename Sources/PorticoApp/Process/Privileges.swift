// Root only to bind: the listening sockets are opened, then the process becomes `[server] user`, for good, before it reads
// certificates, writes a log or takes a connection. What that user may not read or write, Portico may not either.
//
// The program is started anew for that, in the same process: setuid(2) leaves out the first thread, which the runtime has
// put to sleep within its own end by the time we run, and it would stay root's.
import Glibc
import PorticoConfig

struct Privileges {
    private let name: String
    private let user: uid_t
    private let group: gid_t

    enum Failure: Error, CustomStringConvertible {
        case unknownUser(String)
        case unknownGroup(String)
        case cannotBecome(String, CInt)
        case cannotStart(String, CInt)

        var description: String {
            switch self {
            case .unknownUser(let name): "`user` in [server]: there is no user \"\(name)\" here"
            case .unknownGroup(let name): "`group` in [server]: there is no group \"\(name)\" here"
            case .cannotBecome(let name, let code): "cannot become user \"\(name)\": \(String(cString: strerror(code)))"
            case .cannotStart(let name, let code):
                "user \"\(name)\" cannot start \(Upgrade.programPath()): \(String(cString: strerror(code)))"
            }
        }
    }

    /// Nil where there is nothing to give up: no `user`, or a process that is not root's.
    init?(_ settings: ServerSettings) throws {
        guard !settings.user.isEmpty, geteuid() == 0 else { return nil }
        name = settings.user
        // SAFETY: the entry lies in memory of the C library's until the next question; nobody else asks during the start.
        guard let entry = getpwnam(settings.user) else { throw Failure.unknownUser(settings.user) }
        user = entry.pointee.pw_uid
        let usual = entry.pointee.pw_gid
        if settings.group.isEmpty {
            group = usual
        } else {
            guard let entry = getgrnam(settings.group) else { throw Failure.unknownGroup(settings.group) }
            group = entry.pointee.gr_gid
        }
    }

    /// A folder that is missing is made and given to the user; one that exists is left as it is. Its parent is not the
    /// user's, so that nobody can put another in its place meanwhile.
    func makeFolder(_ path: String) {
        guard mkdir(path, 0o750) == 0 else { return }
        _ = lchown(path, user, group)
    }

    /// Starts the program anew in this process, as the user, with the sockets that are open: what root has begun, threads
    /// that sleep included, is gone then. Returns only by an error.
    func startAnew(_ inheritance: Inheritance) throws -> Never {
        let environment = inheritance.passedOn(besides: Surroundings.current().environment)
        // From root, setuid(2) and setgid(2) change the saved ids too: there is no way back.
        guard initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0 else {
            throw Failure.cannotBecome(name, errno)
        }
        var words: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        execve(Upgrade.programPath(), &words, &variables)
        let code = errno
        for word in words + variables { free(word) }
        throw Failure.cannotStart(name, code)
    }
}
