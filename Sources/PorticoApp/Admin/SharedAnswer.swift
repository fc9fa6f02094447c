// Work that many may ask for and that is done once at a time: who comes while it is under way shares what comes of it.
import Synchronization

final class SharedAnswer<Answer: Sendable>: Sendable {
    /// Nil while nobody works.
    private let waiting = Mutex<[@Sendable (Answer) -> Void]?>(nil)

    /// Calls `work` unless it is under way already; `done` is called once.
    func join(
        _ done: @escaping @Sendable (Answer) -> Void,
        _ work: (_ finish: @escaping @Sendable (Answer) -> Void) -> Void
    ) {
        let isFirst = waiting.withLock { waiting in
            defer { waiting = (waiting ?? []) + [done] }
            return waiting == nil
        }
        guard isFirst else { return }
        work { answer in
            let all = self.waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting ?? []
            }
            for done in all { done(answer) }
        }
    }
}
