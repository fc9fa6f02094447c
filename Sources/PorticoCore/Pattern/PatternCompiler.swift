// A pattern's tree as a program for the machine.

enum PatternInstruction: Sendable {
    case set(ByteSet)
    /// Both ways; the first is preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes the place in the text.
    case note(Int)
    case start, end
    case match
}

struct PatternCompiler {
    private var program: [PatternInstruction] = []

    mutating func compile(_ node: PatternNode) throws(PatternFault) -> [PatternInstruction] {
        try emit(.note(0))
        try add(node)
        try emit(.note(1))
        try emit(.match)
        return program
    }

    private mutating func emit(_ instruction: PatternInstruction) throws(PatternFault) {
        guard program.count < Pattern.largestProgram else {
            throw PatternFault("it is too large; counted repetitions are written out", at: 0)
        }
        program.append(instruction)
    }

    private mutating func add(_ node: PatternNode) throws(PatternFault) {
        switch node {
        case .set(let set): try emit(.set(set))
        case .start: try emit(.start)
        case .end: try emit(.end)
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .group(let inner, let number):
            if let number { try emit(.note(number * 2)) }
            try add(inner)
            if let number { try emit(.note(number * 2 + 1)) }
        case .alternatives(let nodes): try addAlternatives(nodes)
        case .repeated(let node, let least, let most, let isLazy):
            for _ in 0..<least { try add(node) }
            guard let most else { return try addLoop(node, isLazy: isLazy) }
            try addOptional(node, atMost: most - least, isLazy: isLazy)
        }
    }

    private mutating func addAlternatives(_ nodes: [PatternNode]) throws(PatternFault) {
        var exits: [Int] = []
        for node in nodes.dropLast() {
            let split = program.count
            try emit(.split(0, 0))
            try add(node)
            exits.append(program.count)
            try emit(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        try add(nodes[nodes.count - 1])
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func addLoop(_ node: PatternNode, isLazy: Bool) throws(PatternFault) {
        let split = program.count
        try emit(.split(0, 0))
        try add(node)
        try emit(.jump(split))
        program[split] = way(split + 1, program.count, isLazy)
    }

    /// `x{0,3}` is `(x(x(x)?)?)?`: each one only behind the one before.
    private mutating func addOptional(_ node: PatternNode, atMost count: Int, isLazy: Bool) throws(PatternFault) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            try emit(.split(0, 0))
            try add(node)
        }
        for split in splits { program[split] = way(split + 1, program.count, isLazy) }
    }

    private func way(_ on: Int, _ past: Int, _ isLazy: Bool) -> PatternInstruction {
        isLazy ? .split(past, on) : .split(on, past)
    }
}
