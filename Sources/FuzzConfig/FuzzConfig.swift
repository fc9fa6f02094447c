// The fuzzer's way into the configuration: any bytes are loaded or refused, never crash.
import PorticoConfig

/// libFuzzer's entry point. Nothing outside the bytes is looked at.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzConfig(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    // SAFETY: libFuzzer passes `count` readable bytes that outlive the call.
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let surroundings = Surroundings(
        environment: ["HOME": "/srv"], workingDirectory: "/srv", firstUnprivilegedPort: 1024, inspect: { _ in nil })
    switch ConfigLoader.load(bytes: input, in: surroundings) {
    case .loaded(let loaded): precondition(!ConfigPrinter.toml(loaded).isEmpty)
    case .refused(let faults): precondition(!faults.isEmpty && faults.allSatisfy { !$0.description.isEmpty })
    }
    return 0
}
