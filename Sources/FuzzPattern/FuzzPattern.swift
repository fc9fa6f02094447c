// The fuzzer's way into the patterns of `rewrite`: the first line is the pattern, the second what becomes of its match, the
// rest the path.
import PorticoCore

/// libFuzzer's entry point.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzPattern(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    // SAFETY: libFuzzer passes `count` readable bytes that outlive the call.
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let lines = input.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3, let pattern = try? Pattern(String(decoding: lines[0], as: UTF8.self)) else { return 0 }
    let path = UnsafeRawBufferPointer(rebasing: lines[2])
    guard let match = pattern.firstMatch(in: path) else { return 0 }
    let whole = match.range(of: 0)
    precondition(whole != nil && match.range(of: 0)!.upperBound <= path.count)
    for group in 0...pattern.groupCount {
        // What a group matched lies in what the whole matched.
        guard let range = match.range(of: group), let whole else { continue }
        precondition(range.lowerBound >= whole.lowerBound && range.upperBound <= whole.upperBound)
    }
    guard let template = try? PatternTemplate(String(decoding: lines[1], as: UTF8.self), groupCount: pattern.groupCount)
    else { return 0 }
    let result = template.replacing(match, in: path)
    precondition(result.starts(with: path[..<whole!.lowerBound]))
    precondition(result.suffix(path.count - whole!.upperBound).elementsEqual(path[whole!.upperBound...]))
    return 0
}
