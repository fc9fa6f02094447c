// Standard output as a sink. It decides nothing about looks: lines come as they are to be shown.
import Glibc

/// Writes to a descriptor that belongs to others (a terminal, a pipe to a supervisor), which therefore keeps its mode.
///
/// A reader that stands still must not hold up the file: the sink asks `poll` before each piece, and a piece is no larger
/// than a pipe takes at once (`PIPE_BUF`). What is not taken within a short while is dropped and counted.
final class ConsoleSink {
    private let descriptor: Int32
    /// A regular file always takes everything.
    private let alwaysReady: Bool
    private(set) var unreported = 0
    /// The last thing written was not the end of a line.
    private var torn = false
    private var stalled = false

    private static let pieceSize = 4096
    private static let patience: Int32 = 200

    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        alwaysReady = known && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether somebody looks at it with eyes.
    static func isTerminal(_ descriptor: Int32 = STDOUT_FILENO) -> Bool { isatty(descriptor) == 1 }

    /// Returns how many lines were not written.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var rest = bytes
        if torn {
            guard put([UInt8(ascii: "\n")]) else { return drop(bytes) }
            torn = false
        }
        while !rest.isEmpty {
            let piece = alwaysReady ? rest : rest.wholeLines(within: Self.pieceSize) ?? rest.start(Self.pieceSize)
            guard put(piece) else { return drop(rest) }
            rest = rest.behind(piece)
            torn = piece.last != UInt8(ascii: "\n")
        }
        return 0
    }

    func tellLosses(_ refused: Int) {
        unreported += refused
        guard unreported > 0, !stalled || isReady(0) else { return }
        let line = DropNotice.line(count: unreported)
        let told = unreported
        unreported = 0
        if line.withUnsafeBytes({ write($0) }) > 0 { unreported = told }
    }

    private func drop(_ bytes: UnsafeRawBufferPointer) -> Int {
        let lines = bytes.lineCount
        unreported += lines
        return lines
    }

    private func put(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { put($0) } }

    private func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            guard alwaysReady || isReady(stalled ? 0 : Self.patience) else {
                stalled = true
                torn = torn || offset > 0
                return false
            }
            let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                torn = torn || offset > 0
                return false
            }
            offset += written
        }
        stalled = false
        return true
    }

    private func isReady(_ milliseconds: Int32) -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&question, 1, milliseconds) == 1 && question.revents & Int16(POLLOUT) != 0
    }
}
