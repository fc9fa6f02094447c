// Fuzz entry for the HTTP/1 request codec: requests one behind the other, heads and bodies. The same bytes must come to
// the same requests wherever they are cut, and what is accepted holds to the grammar.
import NIOCore
import PorticoCore
import PorticoHTTP

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzHTTP1(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    var whole = RequestReader()
    whole.feed(bytes[...])
    let cut = Int(start[0]) * bytes.count / 256
    var split = RequestReader()
    split.feed(bytes[..<cut])
    split.feed(bytes[cut...])
    precondition(whole.transcript == split.transcript, "the cut changes what is read")
    return 0
}
