// The line that tells how many lines are missing. When it is written is the sinks' part.
import PorticoCore

enum DropNotice {
    /// One JSON line, ready to be written.
    static func line(count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 128) { space, used in
            guard let start = space.baseAddress else { return }
            // SAFETY: 24 bytes of time, 20 of number and 64 of text fit into 128.
            var cursor = LineCursor(start)
            cursor.literal(#"{"time":""#)
            cursor.timestamp(unixNanoseconds: WallClock.unixNanoseconds())
            cursor.literal(#"","level":"warning","event":"log_lines_dropped","count":"#)
            cursor.decimal(count)
            cursor.literal("}\n")
            used = cursor.next - start
        }
    }
}
