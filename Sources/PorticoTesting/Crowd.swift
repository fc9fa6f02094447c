// Many blocking clients at once, each on a thread of its own.
import NIOCore
import NIOPosix

package enum Crowd {
    /// Runs `work` on `count` threads and returns what each of them made of it, in order.
    package static func run<Result: Sendable>(
        _ count: Int, isolation: isolated (any Actor)? = #isolation, _ work: @escaping @Sendable (Int) throws -> Result
    ) async throws -> [Result] {
        let threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let futures = (0..<count).map { number in threads.runIfActive(eventLoop: loop) { try work(number) } }
        var results: [Result] = []
        do {
            for future in futures { results.append(try await future.get()) }
        } catch {
            try? await threads.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
        try? await threads.shutdownGracefully()
        try? await group.shutdownGracefully()
        return results
    }
}
