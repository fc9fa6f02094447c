// A mutex with a condition, as the standard library has none to wait on. Guards nothing by itself.
import Glibc
import PorticoCore
import SwiftOverlayShims

/// Mutual exclusion plus waiting for a change, with deadlines on the monotonic clock.
// SAFETY: both C objects live on the heap at fixed addresses from init to deinit, as pthread demands; every method is one of
// theirs that may be called from any thread.
final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    @inline(__always)
    func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Wakes every waiter; call it with the lock held.
    func wakeAll() { pthread_cond_broadcast(condition) }

    /// Gives the lock up until woken or until `deadline`. As a wake-up may be spurious, callers wait in a loop.
    func wait(until deadline: MonotonicTime) {
        guard deadline != .never else {
            pthread_cond_wait(condition, mutex)
            return
        }
        var time = timespec()
        time.tv_sec = Int(deadline.nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(deadline.nanoseconds % 1_000_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
    }
}
