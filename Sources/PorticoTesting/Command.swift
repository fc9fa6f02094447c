// Other programs that tests ask: curl, nghttp, openssl.
import Glibc

package enum Command {
    /// Runs a program found by PATH; its exit status and standard output. Status 127: there is no such program.
    package static func run(_ words: [String]) -> (status: CInt, output: [UInt8]) {
        let folder = TempFolder()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.path + "/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        guard posix_spawnp(&child, words[0], &actions, nil, &arguments, environ) == 0 else { return (127, []) }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, folder.bytes("out"))
    }

    package static func exists(_ program: String) -> Bool {
        run(["sh", "-c", "command -v \(program)"]).status == 0
    }
}
