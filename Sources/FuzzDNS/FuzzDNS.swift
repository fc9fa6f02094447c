// Fuzz entry for the answers of name servers: any bytes, no crash, and addresses that are addresses.
import PorticoUpstream

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzDNS(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let answer = DNSAnswer(bytes) else { return 0 }
    precondition(!answer.addresses.isEmpty, "an answer without an address is none")
    for address in answer.addresses { precondition(address.count == 4 || address.count == 16) }
    precondition(answer.timeToLive < 1 << 31)
    // A record takes at least eleven bytes and its address.
    precondition(answer.addresses.count * 15 <= bytes.count, "more addresses than there is room for")
    // What comes behind a whole answer changes nothing.
    precondition(DNSAnswer(bytes + [0xC0]) == answer)
    return 0
}
