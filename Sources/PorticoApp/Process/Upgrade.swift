// Another binary takes our place without a lost connection: the new process gets our listening sockets and starts beside us; once
// it serves, we let end what runs. Where it fails, nothing has changed here.
import Glibc
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

final class Upgrade: Sendable {
    private let program: String
    private let environment: [String: String]
    private let server: RunningServer
    private let group: ServiceGroup
    private let manager: ServiceManager
    private let logger: Logger
    private let isRunning = Atomic(false)

    /// To be made at start: later the path of the running program may name a file that is gone.
    init(
        environment: [String: String], server: RunningServer, group: ServiceGroup, manager: ServiceManager,
        logger: Logger
    ) {
        program = Self.programPath()
        self.environment = environment
        self.server = server
        self.group = group
        self.manager = manager
        self.logger = logger
    }

    func run() async {
        guard isRunning.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        defer { isRunning.store(false, ordering: .relaxed) }
        logger.notice("starting a successor", metadata: ["program": "\(program)"])
        let successor = Successor(
            program: program, arguments: CommandLine.arguments, environment: environment,
            sockets: server.socketsToPassOn)
        let outcome = try? await NIOThreadPool.singleton.runIfActive { successor.start() }
        switch outcome ?? .failed("this process is ending") {
        case .failed(let reason): logger.error("no successor, this process goes on", metadata: ["error": "\(reason)"])
        case .serves(let processID):
            logger.notice("the successor serves", metadata: ["pid": "\(processID)"])
            manager.tellSuccessor(processID)
            server.passOn()
            await group.triggerGracefulShutdown()
        }
    }

    /// By the name it was started with, where that is a path: it may be a link that leads to another version now.
    static func programPath() -> String {
        if let name = CommandLine.arguments.first, name.contains("/") { return name }
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
        return count > 0 ? String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "portico"
    }
}
