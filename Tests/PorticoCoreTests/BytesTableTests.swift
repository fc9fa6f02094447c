// The hash table against a dictionary.
import PorticoCore
import Testing

@Suite struct BytesTableTests {
    @Test func itHoldsWhatADictionaryHolds() {
        var table = BytesTable<Int>()
        var reference: [[UInt8]: Int] = [:]
        var random = SystemRandomNumberGenerator()
        for step in 0..<20_000 {
            let key = Array("/path/\(Int.random(in: 0..<300, using: &random))".utf8)
            key.withUnsafeBytes { table.insert(step, for: $0) }
            reference[key] = step
            #expect(table.count == reference.count)
        }
        for number in 0..<300 {
            let key = Array("/path/\(number)".utf8)
            #expect(key.withUnsafeBytes { table[$0] } == reference[key])
        }
    }

    @Test func theEmptyKeyIsAKey() {
        var table = BytesTable<String>()
        let empty: [UInt8] = []
        #expect(empty.withUnsafeBytes { table[$0] } == nil)
        empty.withUnsafeBytes { table.insert("x", for: $0) }
        #expect(empty.withUnsafeBytes { table[$0] } == "x")
        #expect(table.count == 1)
    }
}
