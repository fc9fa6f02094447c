// What a configuration is checked against besides itself: environment, working directory, files, rights. A seam for tests.
import Glibc

package struct Surroundings: Sendable {
    /// What the file system says of a path, symbolic links followed.
    package struct FileFacts: Sendable {
        package enum Kind: Sendable { case file, directory, other }

        package var kind: Kind
        package var isReadable: Bool
        /// Anyone may write, and no sticky bit protects what others wrote.
        package var isWorldWritable: Bool

        package init(kind: Kind, isReadable: Bool = true, isWorldWritable: Bool = false) {
            self.kind = kind
            self.isReadable = isReadable
            self.isWorldWritable = isWorldWritable
        }
    }

    package var environment: [String: String]
    package var workingDirectory: String
    /// Ports below this one need a right the process does not have; 0 where it may bind all.
    package var firstUnprivilegedPort: Int
    /// Nil where nothing is at the path.
    package var inspect: @Sendable (String) -> FileFacts?

    package init(
        environment: [String: String], workingDirectory: String, firstUnprivilegedPort: Int,
        inspect: @escaping @Sendable (String) -> FileFacts?
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.firstUnprivilegedPort = firstUnprivilegedPort
        self.inspect = inspect
    }

    /// Those of this process.
    package static func current() -> Surroundings {
        Surroundings(
            environment: currentEnvironment(), workingDirectory: currentDirectory(),
            firstUnprivilegedPort: currentFirstUnprivilegedPort(), inspect: facts)
    }

    private static func currentEnvironment() -> [String: String] {
        var environment: [String: String] = [:]
        // SAFETY: `environ` is a null-terminated array of C strings; nothing in Portico changes it after the start.
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry = entry.advanced(by: 1)
        }
        return environment
    }

    private static func currentDirectory() -> String {
        // SAFETY: with a null buffer glibc allocates the string, which is freed here.
        guard let pointer = getcwd(nil, 0) else { return "/" }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    private static func currentFirstUnprivilegedPort() -> Int {
        guard geteuid() != 0 else { return 0 }
        let setting = try? ConfigFile.read("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        let digits = (setting ?? []).prefix { $0 >= 0x30 && $0 <= 0x39 }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 1024
    }

    private static func facts(_ path: String) -> FileFacts? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let kind: FileFacts.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        return FileFacts(
            kind: kind, isReadable: access(path, R_OK) == 0,
            isWorldWritable: status.st_mode & S_IWOTH != 0 && status.st_mode & S_ISVTX == 0)
    }
}
