// What is due when, whatever was taken back.
import NIOCore
import Testing

@testable import PorticoTransport

@Suite struct TimerHeapTests {
    private static func at(_ nanoseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(nanoseconds) }

    @Test func `jobs come due by deadline, and by age where that is equal`() {
        var heap = TimerHeap()
        var ran: [Int] = []
        for (number, deadline) in [5, 1, 3, 1, 9, 3, 1].enumerated() {
            heap.add(Self.at(UInt64(deadline)), run: { ran.append(number) })
        }
        while let job = heap.takeDue(Self.at(5)) { job.run() }
        #expect(ran == [1, 3, 6, 2, 5, 0])
        #expect(heap.soonest == Self.at(9))
    }

    @Test func `a job that was taken back never comes due, and the others still do in order`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var heap = TimerHeap()
            var expected: [UInt64] = []
            var jobs: [(UInt64, TimerJob)] = []
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                let deadline = UInt64.random(in: 0...20, using: &random)
                jobs.append((deadline, heap.add(Self.at(deadline), run: {})))
            }
            for (deadline, job) in jobs.shuffled(using: &random) {
                if Bool.random(using: &random) {
                    heap.remove(job)
                    heap.remove(job)
                } else {
                    expected.append(deadline)
                }
            }
            var due: [UInt64] = []
            while let job = heap.takeDue(Self.at(20)) { due.append(job.deadline.uptimeNanoseconds) }
            #expect(due == expected.sorted())
            #expect(heap.soonest == nil)
        }
    }
}
