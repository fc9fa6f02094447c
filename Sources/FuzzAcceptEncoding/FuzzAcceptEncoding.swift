// Fuzz entry for the Accept-Encoding reader: any bytes, no crash, and answers that agree with themselves.
import PorticoCompression
import PorticoCore

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzAcceptEncoding(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    let offers = AcceptEncoding.offers(bytes)
    var header = AcceptEncoding()
    header.read(bytes)
    precondition(header.offers == offers, "the shortcut and the reader disagree")
    for coding in ContentCoding.allCases { precondition(offers.weight(of: coding) <= 1000) }
    if let chosen = offers.choose(from: ContentCoding.allCases) { precondition(offers.accepts(chosen)) }
    precondition(offers.choose(from: []) == nil)
    return 0
}
