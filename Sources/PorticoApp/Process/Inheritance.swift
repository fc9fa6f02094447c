// What whoever started us left to us: listening sockets of the service manager (sd_listen_fds(3)), or those of the process whose
// place we take, with a pipe on which it waits to hear whether we serve. Starting a successor is in Successor.swift.
package import Glibc
package import PorticoHTTP
import Synchronization

package final class Inheritance: Sendable {
    package let sockets: InheritedSockets
    /// The writing end of the predecessor's pipe; nil where there is no predecessor.
    private let pipe: Mutex<CInt?>

    /// In the environment of a successor: `PARENT;PIPE;DESCRIPTOR=LISTENER;...`, the pipe "none" where
    /// nobody waits. Another process that comes by it, such as a
    /// program that we start, has another parent.
    static let variable = "PORTICO_SUCCEEDS"
    /// What the service manager gives to one process by its number.
    static let managerVariables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID"]

    package init(
        _ environment: [String: String], processID: pid_t = getpid(), parentID: pid_t = getppid(),
        firstDescriptor: CInt = 3
    ) {
        let parts = environment[Self.variable]?.split(separator: ";").map(String.init) ?? []
        if parts.count >= 2, parts[0] == String(parentID) {
            let pipe = CInt(parts[1])
            if let pipe { _ = fcntl(pipe, F_SETFD, FD_CLOEXEC) }
            self.pipe = Mutex(pipe)
            sockets = InheritedSockets(parts.dropFirst(2).compactMap(Self.entry))
            return
        }
        pipe = Mutex(nil)
        guard environment["LISTEN_PID"] == String(processID), let text = environment["LISTEN_FDS"],
            let count = CInt(text), count > 0, count < 1024
        else {
            sockets = InheritedSockets()
            return
        }
        sockets = InheritedSockets(
            (firstDescriptor..<firstDescriptor + count).compactMap { InheritedSockets.Entry($0) })
    }

    package var hasSockets: Bool { !sockets.isEmpty }

    private static func entry(_ text: String) -> InheritedSockets.Entry? {
        guard let equals = text.firstIndex(of: "="), let descriptor = CInt(text[..<equals]) else { return nil }
        let requested = String(text[text.index(after: equals)...])
        return InheritedSockets.Entry(descriptor, requested: requested.isEmpty ? nil : requested)
    }

    /// The environment for the same program in the same process: all that was left to us stays open for it.
    func passedOn(besides environment: [String: String]) -> [String] {
        let pipe = pipe.withLock { $0 }
        if let pipe { _ = fcntl(pipe, F_SETFD, 0) }
        return Self.environment(
            environment, parentID: getppid(), pipe: pipe,
            sockets: sockets.keepOpen().map { ($0.descriptor, $0.requested ?? "") }, for: [Self.variable])
    }

    /// `environment` as a process needs it that inherits from us; without `left` of what we got.
    static func environment(
        _ environment: [String: String], parentID: pid_t, pipe: CInt?, sockets: [(descriptor: CInt, requested: String)],
        for left: [String]
    ) -> [String] {
        let kept = environment.filter { !left.contains($0.key) }.map { "\($0.key)=\($0.value)" }
        let listeners = sockets.map { "\($0.descriptor)=\($0.requested)" }
        let parts = [String(parentID), pipe.map { String($0) } ?? "none"] + listeners
        return kept + ["\(variable)=\(parts.joined(separator: ";"))"]
    }

    /// We serve: the predecessor may go.
    func tellReady() { tell(Successor.readyWord) }

    /// We do not: the predecessor stays, and says why.
    package func tellFailure(_ reason: String) { tell(reason) }

    private func tell(_ text: String) {
        // Said once: the first word counts.
        let pipe = pipe.withLock { pipe in
            defer { pipe = nil }
            return pipe
        }
        guard let pipe else { return }
        let bytes = Array((text.prefix(2000).replacing("\n", with: " ") + "\n").utf8)
        _ = write(pipe, bytes, bytes.count)
        close(pipe)
    }
}
