// A small file system and environment that every test of this room looks at instead of the real one.
import PorticoConfig

extension Surroundings {
    static let test = Surroundings(
        environment: ["PORT": "9000", "API_HOST": "api.internal", "EMPTY": "", "DOLLAR": "a$b"],
        workingDirectory: "/srv/shop", firstUnprivilegedPort: 1024,
        inspect: { files[$0] })

    private static let files: [String: FileFacts] = [
        "/srv/shop": FileFacts(kind: .directory),
        "/srv/shop/public": FileFacts(kind: .directory),
        "/srv/shop/public/index.html": FileFacts(kind: .file),
        "/srv/shop/open": FileFacts(kind: .directory, isWorldWritable: true),
        "/srv/shop/open/index.html": FileFacts(kind: .file),
        "/srv/shop/logs": FileFacts(kind: .directory),
        "/srv/shop/certs": FileFacts(kind: .directory),
        "/srv/shop/certs/server.crt": FileFacts(kind: .file),
        "/srv/shop/certs/server.key": FileFacts(kind: .file),
        "/srv/shop/certs/secret.key": FileFacts(kind: .file, isReadable: false),
    ]
}

enum Load {
    /// The configuration of a text; nil where it was refused.
    static func configuration(_ text: String, overrides: ConfigOverrides = .init()) -> Configuration? {
        loaded(text, overrides: overrides)?.configuration
    }

    static func loaded(_ text: String, overrides: ConfigOverrides = .init()) -> LoadedConfiguration? {
        switch ConfigLoader.load(text: text, overrides: overrides, in: .test) {
        case .loaded(let loaded): loaded
        case .refused: nil
        }
    }

    /// The headlines of the faults of a text, warnings included.
    static func headlines(_ text: String, overrides: ConfigOverrides = .init()) -> [String] {
        ConfigLoader.load(text: text, overrides: overrides, in: .test).faults.map(\.headline)
    }
}
