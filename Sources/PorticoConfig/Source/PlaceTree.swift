// The positions of a document's keys and values, in the document's own shape.

/// One key or list element: where its name and its value stand, and what is below it.
final class PlaceTree {
    var key: SourceSpan?
    var value: SourceSpan?
    private(set) var children: [String: PlaceTree] = [:]
    private(set) var elements: [PlaceTree] = []

    func child(_ name: String) -> PlaceTree {
        if let child = children[name] { return child }
        let child = PlaceTree()
        children[name] = child
        return child
    }

    func addElement() -> PlaceTree {
        let element = PlaceTree()
        elements.append(element)
        return element
    }

    /// The table that a header's name means: the last one of an array of tables.
    var latest: PlaceTree { elements.last ?? self }
}
