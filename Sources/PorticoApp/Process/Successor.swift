// Starts the program anew, as it lies on the disk now, with our listening sockets, and waits until it serves. The sockets are the
// same, not others at the same address: a connection that waits to be accepted is taken by either of the two.
import Glibc
import PorticoConfig
import PorticoCore

struct Successor: Sendable {
    enum Outcome: Sendable, Equatable {
        case serves(pid_t)
        case failed(String)
    }

    let program: String
    let arguments: [String]
    let environment: [String: String]
    /// Each with the listener's address as configured.
    let sockets: [(descriptor: CInt, requested: String)]
    var patience = Interval.seconds(60)

    static let readyWord = "ready"

    /// Blocks until the new process serves, fails, or has taken too long.
    func start() -> Outcome {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return .failed("no pipe: \(Self.text(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let spawned = spawn(pipe: ends[1])
        close(ends[1])
        switch spawned {
        case .failure(let code): return .failed("cannot start \(program): \(Self.text(code.number))")
        case .success(let child):
            let said = Self.firstLine(from: ends[0], within: patience)
            if said == Self.readyWord { return .serves(child) }
            let end = Self.end(child)
            return .failed(said.flatMap { $0.isEmpty ? nil : $0 } ?? end)
        }
    }

    private struct Code: Error { let number: CInt }

    private func spawn(pipe: CInt) -> Result<pid_t, Code> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Onto itself: the descriptor loses its close-on-exec flag, there alone.
        for descriptor in sockets.map(\.descriptor) + [pipe] {
            posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The calling thread may block signals; the new process must hear them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = childEnvironment(pipe: pipe).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var child = pid_t()
        let code = posix_spawn(&child, program, &actions, &attributes, &words, &variables)
        return code == 0 ? .success(child) : .failure(Code(number: code))
    }

    func childEnvironment(pipe: CInt, parentID: pid_t = getpid()) -> [String] {
        Inheritance.environment(
            environment, parentID: parentID, pipe: pipe, sockets: sockets,
            for: Inheritance.managerVariables + [Inheritance.variable])
    }

    /// Nil where the time is over; empty where the other side ended without a word.
    private static func firstLine(from descriptor: CInt, within patience: Interval) -> String? {
        let end = MonotonicTime.now() + patience
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let left = (end - .now()).nanoseconds / 1_000_000
            guard left > 0 else { return nil }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, CInt(min(left, 1000))) > 0 else { continue }
            guard read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") else {
                return String(decoding: line, as: UTF8.self)
            }
            line.append(byte)
        }
    }

    /// Sees to it that a process which does not serve is gone, and says how it ended.
    private static func end(_ child: pid_t) -> String {
        var status: CInt = 0
        // What it was about to write may still go out.
        for _ in 0..<100 {
            if waitpid(child, &status, WNOHANG) == child {
                return status & 0x7F == 0
                    ? "it ended with status \(status >> 8 & 0xFF) before it served"
                    : "it was ended by signal \(status & 0x7F) before it served"
            }
            usleep(20_000)
        }
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        return "it did not serve in time"
    }

    private static func text(_ code: CInt) -> String { String(cString: strerror(code)) }
}
