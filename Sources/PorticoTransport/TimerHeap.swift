// What an event loop has to do later, the soonest first; each job can be taken back in logarithmic time. It knows no clock.
package import NIOCore

/// Confined to its event loop.
package final class TimerJob {
    package let deadline: NIODeadline
    /// Of two with the same deadline the older comes first.
    fileprivate let number: UInt64
    /// Its place in the heap; -1 while it is in none.
    fileprivate var place = -1
    package let run: () -> Void
    /// Instead of `run`, when the loop stops before.
    package let drop: () -> Void

    fileprivate init(
        _ deadline: NIODeadline, _ number: UInt64, _ run: @escaping () -> Void, _ drop: @escaping () -> Void
    ) {
        self.deadline = deadline
        self.number = number
        self.run = run
        self.drop = drop
    }

    fileprivate func comes(before other: TimerJob) -> Bool {
        deadline < other.deadline || (deadline == other.deadline && number < other.number)
    }
}

package struct TimerHeap {
    private var jobs: [TimerJob] = []
    private var count: UInt64 = 0

    package init() {}

    /// When the next is due; nil where there is none.
    package var soonest: NIODeadline? { jobs.first?.deadline }

    @discardableResult
    package mutating func add(
        _ deadline: NIODeadline, run: @escaping () -> Void, drop: @escaping () -> Void = {}
    ) -> TimerJob {
        count += 1
        let job = TimerJob(deadline, count, run, drop)
        jobs.append(job)
        siftUp(job, from: jobs.count - 1)
        return job
    }

    /// Nothing happens where it is out already.
    package mutating func remove(_ job: TimerJob) {
        let place = job.place
        guard place >= 0 else { return }
        job.place = -1
        let last = jobs.removeLast()
        guard last !== job else { return }
        siftUp(last, from: place)
        siftDown(last, from: last.place)
    }

    /// The soonest, where it is due.
    package mutating func takeDue(_ now: NIODeadline) -> TimerJob? {
        guard let job = jobs.first, job.deadline <= now else { return nil }
        remove(job)
        return job
    }

    package mutating func takeAll() -> [TimerJob] {
        defer { jobs = [] }
        for job in jobs { job.place = -1 }
        return jobs
    }

    private mutating func siftUp(_ job: TimerJob, from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard job.comes(before: jobs[parent]) else { break }
            put(jobs[parent], at: place)
            place = parent
        }
        put(job, at: place)
    }

    private mutating func siftDown(_ job: TimerJob, from start: Int) {
        var place = start
        while true {
            var child = 2 * place + 1
            guard child < jobs.count else { break }
            if child + 1 < jobs.count, jobs[child + 1].comes(before: jobs[child]) { child += 1 }
            guard jobs[child].comes(before: job) else { break }
            put(jobs[child], at: place)
            place = child
        }
        put(job, at: place)
    }

    private mutating func put(_ job: TimerJob, at place: Int) {
        jobs[place] = job
        job.place = place
    }
}
