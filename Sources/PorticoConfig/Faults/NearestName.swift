// "Did you mean": the known name a misspelt one is nearest to.

enum NearestName {
    /// The known name within a third of the word's length, counting swapped neighbours as one slip; nil where none is.
    static func to(_ word: String, in names: [String]) -> String? {
        let letters = folded(word)
        guard letters.count <= 64 else { return nil }
        let limit = max(1, letters.count / 3)
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(letters, folded(name))
            if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name ?? completion(letters, in: names)
    }

    /// The one name that a word of three letters or more begins.
    private static func completion(_ letters: [UInt8], in names: [String]) -> String? {
        guard letters.count >= 3 else { return nil }
        let completed = names.filter { folded($0).starts(with: letters) }
        return completed.count == 1 ? completed[0] : nil
    }

    private static func folded(_ word: String) -> [UInt8] {
        word.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 | ($0 >= 0x41 && $0 <= 0x5A ? 0x20 : 0) }
    }

    /// The optimal string alignment distance.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var (older, old) = ([Int](), Array(0...right.count))
        for (row, letter) in left.enumerated() {
            var new = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(old[column + 1] + 1, new[column] + 1, old[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, older[column - 1] + 1)
                }
                new.append(cost)
            }
            (older, old) = (old, new)
        }
        return old[right.count]
    }
}
