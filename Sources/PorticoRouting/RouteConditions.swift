// What a route asks of a request besides host and path: its method, its header fields. Most routes ask nothing.
import PorticoConfig
import PorticoCore

/// A field the request must have.
package struct FieldCondition: Sendable, Equatable {
    /// Lower case.
    package let name: [UInt8]
    /// Nil: any value.
    package let value: [UInt8]?

    init(_ field: HeaderField) {
        name = Array(field.name.lowercased().utf8)
        value = field.value == "*" ? nil : Array(field.value.utf8)
    }
}

struct RouteConditions: Sendable {
    private let methods: [[UInt8]]
    private let fields: [FieldCondition]

    /// Nil where every request will do.
    init?(_ route: ProxySettings) {
        guard !route.methods.isEmpty || !route.headers.isEmpty else { return nil }
        methods = route.methods.map { Array($0.utf8) }
        fields = route.headers.map(FieldCondition.init)
    }

    func holds(_ method: UnsafeRawBufferPointer, _ holdsField: (FieldCondition) -> Bool) -> Bool {
        guard methods.isEmpty || methods.contains(where: { $0.withUnsafeBytes { $0.equals(method) } }) else {
            return false
        }
        return fields.allSatisfy(holdsField)
    }
}
