// Makes the best variants of files that were answered with a quick one: one at a time for the whole process, on a thread that
// works only where nobody else wants the processor. What is read and what is kept is the site's part.
import Glibc
import NIOCore
import NIOPosix
import PorticoCompression
import PorticoCore
import Synchronization

/// The slow thread takes no lock that an event loop may want, as it may be kept waiting while it holds one: files are read
/// and results are stored on the thread pool.
final class BestVariants: Sendable {
    struct Job: Sendable {
        let site: ObjectIdentifier
        let key: [UInt8]
        let coding: ContentCoding
        /// Nil where the variant is no longer wanted.
        let start: @Sendable () -> Work?
    }

    struct Work: Sendable {
        let plain: ByteBuffer
        /// Takes the compressed bytes; nil where they are not fewer.
        let deliver: @Sendable ([UInt8]?) -> Void
    }

    private struct Name: Hashable {
        let site: ObjectIdentifier
        let key: [UInt8]
        let coding: ContentCoding
    }

    private struct State {
        var jobs: [Job] = []
        var first = 0
        var names: Set<Name> = []
        /// A job is being read, compressed or delivered.
        var isBusy = false
    }

    static let shared = BestVariants()

    /// Larger files stay with the variant they got at first: brotli's best takes some three seconds for this much.
    static let sizeLimit = 1 << 20
    static let maxJobs = 4096

    private let state = Mutex(State())

    /// What is queued already is not queued again; beyond the bound, nothing is.
    func add(_ job: Job) {
        let starts = state.withLock { state in
            let name = Name(site: job.site, key: job.key, coding: job.coding)
            guard state.names.count < Self.maxJobs, state.names.insert(name).inserted else { return false }
            state.jobs.append(job)
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if starts { NIOThreadPool.singleton.submit { _ in self.work() } }
    }

    /// A site ends: nothing more is made for it.
    func cancel(_ site: ObjectIdentifier) {
        state.withLock { state in
            state.jobs = state.jobs[state.first...].filter { $0.site != site }
            state.first = 0
            state.names = state.names.filter { $0.site != site }
        }
    }

    /// On the thread pool: hands the next job that is still wanted to a slow thread. It comes back here when that is done.
    private func work() {
        while let job = next() {
            guard let work = job.start() else { continue }
            let thread = SystemThread {
                SystemThread.yieldToOthers()
                let coded = work.plain.withUnsafeReadableBytes {
                    Compressor.compressWhole($0, coding: job.coding, level: .best)
                }
                NIOThreadPool.singleton.submit { _ in
                    work.deliver(coded)
                    self.work()
                }
            }
            guard let thread else { continue }
            return thread.abandon()
        }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard state.first < state.jobs.count else {
                state.jobs = []
                state.first = 0
                state.isBusy = false
                return nil
            }
            let job = state.jobs[state.first]
            state.first += 1
            state.names.remove(Name(site: job.site, key: job.key, coding: job.coding))
            if state.first >= 256 {
                state.jobs.removeFirst(state.first)
                state.first = 0
            }
            return job
        }
    }
}
