// Fuzz entry for the reader of log lines: any bytes, no crash, and fields that lie within their line, one behind the other.
import PorticoLog

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzLogLine(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let line = UnsafeRawBufferPointer(start: start, count: count)
    var entry = LogEntry()
    entry.read(line)
    var end = 0
    for field in entry.fields {
        precondition(field.key.lowerBound >= end && field.value.lowerBound > field.key.upperBound)
        precondition(field.value.upperBound <= count, "a value beyond the line")
        end = field.value.upperBound
        precondition(field.isText || !entry.bytes(field.value).isEmpty || entry.form == .logfmt, "no value at all")
    }
    for key in ["path", "reason", "user_agent"] as [StaticString] { _ = entry.text(key) }
    return 0
}
