// How much a connection reads at a time: more while it fills what it gets, less once it leaves half of it twice in a row.

package struct ReadSizes: Sendable, Equatable {
    package let smallest: Int
    package let largest: Int
    package private(set) var next: Int
    private var wasHalfEmpty = false

    /// Both powers of two, in bytes.
    package init(smallest: Int, largest: Int) {
        self.smallest = smallest
        self.largest = largest
        next = smallest
    }

    /// `count` bytes came where there was room for `next`.
    mutating func note(_ count: Int) {
        if count >= next {
            wasHalfEmpty = false
            if next < largest { next *= 2 }
        } else if next > smallest, count <= next / 2 {
            if wasHalfEmpty { next /= 2 }
            wasHalfEmpty.toggle()
        } else {
            wasHalfEmpty = false
        }
    }
}
