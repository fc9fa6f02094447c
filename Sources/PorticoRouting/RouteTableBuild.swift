// Sorts routes by host pattern and path into the flat lists that a RouteTable looks things up in.
import PorticoConfig

struct RouteTableBuild {
    struct Set {
        var firstRoute = Int.max
        var hasExact = false
        var prefixLengths: [Int] = []
        var catchAll = 0..<0
    }

    struct Layout {
        var sets: [Set] = []
        var keys: [KeyIndex.Key] = []
        /// By number of the key.
        var ranges: [Range<Int>] = []
        var candidates: [Int] = []
    }

    private struct Place: Hashable {
        /// Nil: routes without a host.
        let host: Int?
        let path: PathPattern
    }

    /// Each pattern once, lower case, in the order of their numbers.
    private(set) var hosts: [String] = []
    private var hostNumbers: [String: Int] = [:]
    private var places: [Place] = []
    private var routes: [Place: [Int]] = [:]

    mutating func add(_ route: ProxySettings, at index: Int) {
        let numbers = route.hosts.isEmpty ? [nil] : route.hosts.map { number(of: $0.lowercased()) }
        for host in numbers {
            for path in route.paths {
                let place = Place(host: host, path: path)
                if routes[place] == nil { places.append(place) }
                if routes[place]?.last != index { routes[place, default: []].append(index) }
            }
        }
    }

    private mutating func number(of host: String) -> Int? {
        if let number = hostNumbers[host] { return number }
        hosts.append(host)
        hostNumbers[host] = hosts.count - 1
        return hosts.count - 1
    }

    func layout() -> Layout {
        var layout = Layout()
        layout.sets = Array(repeating: Set(), count: hosts.count + 1)
        for place in places {
            let list = routes[place] ?? []
            let range = layout.candidates.count..<(layout.candidates.count + list.count)
            layout.candidates += list
            let number = place.host ?? hosts.count
            layout.sets[number].firstRoute = min(layout.sets[number].firstRoute, list[0])
            switch place.path {
            case .any: layout.sets[number].catchAll = range
            case .exact(let text):
                layout.sets[number].hasExact = true
                layout.keys.append(.init(set: Self.keySet(number, isPrefix: false), bytes: Array(text.utf8)))
                layout.ranges.append(range)
            case .prefix(let text):
                layout.sets[number].prefixLengths.append(text.utf8.count)
                layout.keys.append(.init(set: Self.keySet(number, isPrefix: true), bytes: Array(text.utf8)))
                layout.ranges.append(range)
            }
        }
        return layout
    }

    /// Exact paths and prefixes of one host pattern are two sets of keys.
    static func keySet(_ number: Int, isPrefix: Bool) -> Int { number << 1 | (isPrefix ? 1 : 0) }
}
