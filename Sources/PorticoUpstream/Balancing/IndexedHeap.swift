// Numbers with a cost each, the cheapest at hand, any of them changed in logarithmic time. Among equals, the one that was
// chosen or changed longest ago comes first.

struct IndexedHeap: Sendable {
    private struct Key {
        var cost: Double
        var turn: Int

        static func < (left: Key, right: Key) -> Bool {
            left.cost < right.cost || (left.cost == right.cost && left.turn < right.turn)
        }
    }

    private var keys: [Key]
    /// The slots in heap order, and where each slot stands in it.
    private var order: [Int]
    private var places: [Int]
    private var nextTurn: Int

    /// Equal costs start in the order of the slots, from `rotation` on.
    init(_ costs: [Double], rotatedBy rotation: Int = 0) {
        let count = costs.count
        keys = costs.enumerated().map { Key(cost: $1, turn: count == 0 ? 0 : ($0 + count - rotation % count) % count) }
        order = Array(0..<count)
        places = order
        nextTurn = count
        for place in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(place) }
    }

    /// The cheapest. There must be one.
    var first: Int { order[0] }

    func cost(of slot: Int) -> Double { keys[slot].cost }

    /// Sets the cost; among equals the slot is the last from now on.
    mutating func update(_ slot: Int, cost: Double) {
        keys[slot] = Key(cost: cost, turn: nextTurn)
        nextTurn += 1
        siftUp(places[slot])
        siftDown(places[slot])
    }

    private mutating func siftUp(_ start: Int) {
        var place = start
        let slot = order[place]
        while place > 0 {
            let parent = (place - 1) / 2
            guard keys[slot] < keys[order[parent]] else { break }
            put(order[parent], at: place)
            place = parent
        }
        put(slot, at: place)
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        let slot = order[place]
        while true {
            var child = 2 * place + 1
            guard child < order.count else { break }
            if child + 1 < order.count, keys[order[child + 1]] < keys[order[child]] { child += 1 }
            guard keys[order[child]] < keys[slot] else { break }
            put(order[child], at: place)
            place = child
        }
        put(slot, at: place)
    }

    private mutating func put(_ slot: Int, at place: Int) {
        order[place] = slot
        places[slot] = place
    }
}
