// The cache's index against a dictionary.
import NIOCore
import PorticoHTTP
import Testing

@testable import PorticoStatic

@Suite struct EntryTableTests {
    private static func entry(_ key: [UInt8]) -> StaticEntry {
        let head = RepresentationHead(etag: Array("\"\"".utf8), shared: ByteBuffer(), fields: ByteBuffer())
        let identity = Representation(head, bytes: ByteBuffer())
        return StaticEntry(
            key: key, path: "", stamp: FileStamp(path: "/")!, identity: identity, isNegotiable: false)
    }

    /// Of each length around what lies in the entry itself.
    private static let keys = (0..<300).map { number in
        Array("/\(number)/\(String(repeating: "x", count: number % 60))".utf8)
    }

    @Test func itHoldsWhatADictionaryHolds() {
        var table = EntryTable()
        var reference: [[UInt8]: (entry: StaticEntry, place: Int, hash: UInt64)] = [:]
        var free = Array(0..<Self.keys.count)
        for _ in 0..<20_000 {
            let key = Self.keys.randomElement()!
            let found = key.withUnsafeBytes { table.find($0) }
            #expect(found === reference[key]?.entry)
            #expect(key.withUnsafeBytes { table.place(of: $0) } == reference[key]?.place)
            if let known = reference.removeValue(forKey: key) {
                #expect(table.entry(known.place, hash: known.hash) === known.entry)
                let removed = table.remove(known.place, hash: known.hash)
                #expect(removed === known.entry)
                free.append(known.place)
            } else {
                let (entry, place) = (Self.entry(key), free.removeLast())
                reference[key] = (entry, place, table.insert(entry, place: place))
            }
            #expect(table.count == reference.count)
        }
    }

    @Test func keysThatDifferInOneByteAreOthers() {
        for length in [1, 7, 8, 9, 39, 40, 41, 80] {
            let key = [UInt8](repeating: 0x61, count: length)
            let entry = Self.entry(key)
            #expect(key.withUnsafeBytes { entry.hasKey($0) })
            for index in 0..<length {
                var other = key
                other[index] = 0x62
                #expect(!other.withUnsafeBytes { entry.hasKey($0) }, "\(length) \(index)")
            }
            #expect(!(key + [0x61]).withUnsafeBytes { entry.hasKey($0) })
            #expect(!key.dropLast().withUnsafeBytes { entry.hasKey($0) })
        }
    }

    @Test func aLookMarksAndAMarkIsTakenOnce() {
        var table = EntryTable()
        let key = Array("/a".utf8)
        let hash = table.insert(Self.entry(key), place: 7)
        var marks = [table.takeMark(7, hash: hash)]
        let newer = Self.entry(key)
        table.replace(7, hash: hash, by: newer)
        let found = key.withUnsafeBytes { table.find($0) }
        #expect(found === newer && key.withUnsafeBytes { table.place(of: $0) } == 7)
        marks.append(table.takeMark(7, hash: hash))
        marks.append(table.takeMark(7, hash: hash))
        #expect(marks == [false, true, false])
    }
}
