// An event loop: one thread that waits for descriptors, for its next timer and for tasks of other threads. What sockets do
// is in SocketChannel and Acceptor; the protocols above see an ordinary loop of NIO's.
import CLinux
package import Dispatch
import Glibc
package import NIOCore
import PorticoCore
import Synchronization

// SAFETY: what is not Sendable is confined to the thread, and after its end to who holds `late`; `inbox` and `thread` guard themselves.
package final class TransportLoop: EventLoop, @unchecked Sendable {
    /// What other threads ask for.
    private struct Inbox {
        var tasks: [@Sendable () -> Void] = []
        /// The loop knows that something is there, or will see it before it sleeps.
        var isAnnounced = false
        var isClosed = false
    }

    /// -1 after the end.
    private var poll: CInt
    private let alarm: CInt
    /// 0 until the thread runs.
    private let thread = Atomic<UInt>(0)
    private let inbox = Mutex(Inbox())
    private var tasks: [@Sendable () -> Void] = []
    private var timers = TimerHeap()
    private(set) var watched: [Pollable] = []
    /// Closed while events that name them may still lie in the current batch.
    private var retired: [Pollable] = []
    /// What was read last; nil while it is being read and passed on.
    private var input: ByteBuffer?
    /// For bytes that are sent on before anything else is read.
    let passage = UnsafeMutableRawPointer.allocate(byteCount: mostPassed, alignment: 64)
    static let mostPassed = 16 << 10
    /// Who is to be told that the loop has ended; it goes on as long as there is nobody.
    private var whenStopped: [@Sendable () -> Void] = []
    /// Held by the one that does what comes after the end.
    private let late = Mutex(())

    private static let batch = 256

    private init() throws {
        poll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw IOError(errnoCode: errno, reason: "epoll_create1") }
        alarm = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard alarm >= 0 else {
            let code = errno
            Glibc.close(poll)
            throw IOError(errnoCode: code, reason: "eventfd")
        }
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = 0
        epoll_ctl(poll, EPOLL_CTL_ADD, alarm, &event)
    }

    deinit { passage.deallocate() }

    /// Throws an `IOError` where the system gives no descriptors or no thread.
    static func start(name: String) throws -> TransportLoop {
        let loop = try TransportLoop()
        guard
            let thread = SystemThread({
                pthread_setname_np(pthread_self(), name)
                loop.run()
            })
        else {
            Glibc.close(loop.poll)
            Glibc.close(loop.alarm)
            throw IOError(errnoCode: EAGAIN, reason: "pthread_create")
        }
        thread.abandon()
        return loop
    }

    package var inEventLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: The thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            while whenStopped.isEmpty { turn(events) }
        }
        end()
    }

    private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) {
        let count = portico_epoll_wait(poll, events.baseAddress, CInt(events.count), patience())
        let batch = UnsafeMutableBufferPointer(rebasing: events[..<max(0, Int(count))])
        for index in -2..<batch.count {
            if index + 2 < batch.count { prefetch(batch[index + 2]) }
            if index > -2, index + 1 < batch.count { prefetchCompany(of: batch[index + 1]) }
            if index >= 0 { handle(batch[index]) }
        }
        if !retired.isEmpty { retired.removeAll(keepingCapacity: retired.count <= Self.batch) }
        runTimers()
        runTasks()
    }

    private func handle(_ event: epoll_event) {
        guard let subject = subject(of: event) else { return collectInbox() }
        // SAFETY: `watched` or `retired` holds it: whatever leaves the former in this batch is in the latter until its end.
        subject._withUnsafeGuaranteedRef { if $0.isOpen { $0.ready(Readiness(rawValue: event.events)) } }
    }

    /// Nil for the alarm.
    private func subject(of event: epoll_event) -> Unmanaged<Pollable>? {
        UnsafeRawPointer(bitPattern: UInt(event.data.u64)).map(Unmanaged<Pollable>.fromOpaque)
    }

    /// Between two events of a connection the kernel and all other connections pass through the processor's caches: what an event
    /// will need is asked for two events ahead, and what that leads to one event ahead.
    private func prefetch(_ event: epoll_event) { Prefetch.lines(4, at: subject(of: event)?.toOpaque()) }

    private func prefetchCompany(of event: epoll_event) {
        // SAFETY: as in `handle`.
        subject(of: event)?._withUnsafeGuaranteedRef {
            Prefetch.lines(6, at: $0.company.0)
            Prefetch.lines(3, at: $0.company.1)
        }
    }

    /// In milliseconds, rounded up: to wake too early would mean to spin until it is time.
    private func patience() -> CInt {
        if !tasks.isEmpty { return 0 }
        guard let soonest = timers.soonest else { return -1 }
        let left = (soonest - .now()).nanoseconds
        return left <= 0 ? 0 : CInt(min((left + 999_999) / 1_000_000, 3_600_000))
    }

    private func runTimers() {
        guard timers.soonest != nil else { return }
        let now = NIODeadline.now()
        while let job = timers.takeDue(now) { job.run() }
    }

    /// Those that come meanwhile wait for the next turn: sockets are not kept waiting by them.
    private func runTasks() {
        guard !tasks.isEmpty else { return }
        var due: [@Sendable () -> Void] = []
        swap(&due, &tasks)
        for task in due { task() }
    }

    private func collectInbox() {
        var count: UInt64 = 0
        _ = read(alarm, &count, MemoryLayout<UInt64>.size)
        let arrived = inbox.withLock { inbox in
            defer { inbox.tasks = [] }
            inbox.isAnnounced = false
            return inbox.tasks
        }
        tasks.append(contentsOf: arrived)
    }

    // MARK: Tasks and timers

    package func execute(_ task: @escaping @Sendable () -> Void) {
        if inEventLoop { return tasks.append(task) }
        let isTaken = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            inbox.tasks.append(task)
            guard !inbox.isAnnounced else { return true }
            inbox.isAnnounced = true
            // Under the lock: the descriptor is open until `isClosed` is set.
            var one: UInt64 = 1
            _ = write(alarm, &one, MemoryLayout<UInt64>.size)
            return true
        }
        if !isTaken { runLate(task) }
    }

    @discardableResult
    package func scheduleTask<T>(
        deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let handle = TimerHandle(self)
        // Not before now: what is always due would go before all others for ever.
        let deadline = max(deadline, .now())
        onLoop {
            // Who keeps the handle may be what the task holds: the job leaves it.
            handle.job = self.timers.add(
                deadline,
                run: {
                    handle.job = nil
                    do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
                },
                drop: {
                    handle.job = nil
                    promise.fail(EventLoopError.shutdown)
                })
        }
        return Scheduled(promise: promise) { handle.cancel() }
    }

    @discardableResult
    package func scheduleTask<T>(
        in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) {
        if inEventLoop { work() } else { execute(work) }
    }

    /// Lets another thread take a job back.
    // SAFETY: `job` is used on the loop only.
    private final class TimerHandle: @unchecked Sendable {
        private let loop: TransportLoop
        var job: TimerJob?

        init(_ loop: TransportLoop) { self.loop = loop }

        func cancel() {
            loop.onLoop {
                if let job = self.job { self.loop.timers.remove(job) }
                self.job = nil
            }
        }
    }

    // MARK: Descriptors

    func control(_ operation: CInt, _ subject: Pollable, _ interest: Readiness) throws {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = UInt64(UInt(bitPattern: Unmanaged.passUnretained(subject).toOpaque()))
        guard epoll_ctl(poll, operation, subject.descriptor, &event) == 0 else {
            throw IOError(errnoCode: errno, reason: "epoll_ctl")
        }
    }

    func enter(_ subject: Pollable) {
        subject.place = watched.count
        watched.append(subject)
    }

    func leave(_ subject: Pollable) {
        retired.append(subject)
        let last = watched.removeLast()
        if last !== subject {
            watched[subject.place] = last
            last.place = subject.place
        }
        subject.place = -1
    }

    // MARK: Input memory

    /// Empty memory for at least `most` bytes, to be given back: mostly that of the last read, unless somebody holds what it brought.
    func takeInput(_ most: Int) -> ByteBuffer {
        guard var bytes = input.take(), bytes.storageCapacity >= most, bytes.storageCapacity <= 2 * most else {
            return ByteBufferAllocator().buffer(capacity: most)
        }
        bytes.clear(minimumCapacity: most)
        return bytes
    }

    func giveBack(_ bytes: consuming ByteBuffer) { input = bytes }

    // MARK: The end

    /// Closes everything that is open here and ends the thread; `stopped` is called last, on it.
    func stop(_ stopped: @escaping @Sendable () -> Void) {
        execute { self.whenStopped.append(stopped) }
    }

    private func end() {
        late.withLock { _ in
            clear()
            tasks = inbox.withLock { inbox in
                defer { inbox.tasks = [] }
                inbox.isClosed = true
                return inbox.tasks
            }
            clear()
            input = nil
            Glibc.close(poll)
            poll = -1
            Glibc.close(alarm)
            thread.store(0, ordering: .relaxed)
        }
        tellStopped()
    }

    /// Who asks for something after the end lends its thread: what was promised to somebody is kept. Nothing can be waited for any more.
    private func runLate(_ task: @escaping @Sendable () -> Void) {
        late.withLock { _ in
            thread.store(UInt(pthread_self()), ordering: .relaxed)
            tasks.append(task)
            clear()
            thread.store(0, ordering: .relaxed)
        }
        tellStopped()
    }

    private func tellStopped() {
        let told = late.withLock { _ in
            defer { whenStopped = [] }
            return whenStopped
        }
        for stopped in told { stopped() }
    }

    /// What closing brings about - handlers leave, futures complete - may ask for more.
    private func clear() {
        while !watched.isEmpty || !tasks.isEmpty || timers.soonest != nil {
            while let subject = watched.last { subject.abandon() }
            for job in timers.takeAll() { job.drop() }
            runTasks()
        }
        retired = []
    }

    /// A loop ends with its group.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(EventLoopError.unsupportedOperation) }
    }
}
