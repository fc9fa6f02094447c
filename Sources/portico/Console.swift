// Faults on standard error, so that standard output holds nothing but what was asked for.
import ArgumentParser
import Glibc
import PorticoConfig

enum Console {
    /// The loaded configuration; otherwise its faults are told and the command fails.
    static func require(_ loading: ConfigLoading) throws -> LoadedConfiguration {
        switch loading {
        case .loaded(let loaded): return loaded
        case .refused(let faults):
            tell(faults)
            write(ConfigSummary.counts(faults))
            throw ExitCode.failure
        }
    }

    static func tell(_ faults: [ConfigFault]) {
        for fault in faults { write(fault.description) }
    }

    private static func write(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            // SAFETY: the pointer is valid for the call, and its count is the buffer's.
            let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
