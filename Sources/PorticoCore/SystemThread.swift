// Starts one thread for work that waits or takes long. What runs on it is its maker's part.
import Glibc

/// A thread that takes no signals: they belong to the process's handlers, and SIGPIPE or SIGXFSZ from a write here
/// becomes an error code.
package struct SystemThread: Sendable {
    private let handle: pthread_t

    /// Nil where the system gives no more threads.
    package init?(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        // A new thread inherits the mask of its maker.
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                // SAFETY: the pointer is the retained Work from above, and this is its only taker.
                Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            return nil
        }
        self.handle = handle
    }

    package func join() { pthread_join(handle, nil) }

    /// Makes the calling thread give way to all others: it works where nobody else wants the processor.
    package static func yieldToOthers() {
        // For one thread, on Linux: 0 is the calling one, not the process.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        var parameters = sched_param()
        sched_setscheduler(0, Self.idlePolicy, &parameters)
    }

    /// SCHED_IDLE, which the C library's module does not export.
    private static let idlePolicy: CInt = 5

    /// Lets the thread end by itself, whenever that is.
    package func abandon() { pthread_detach(handle) }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
