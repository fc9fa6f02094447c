// A site to serve in a test, with room beside it for what must never be served.
package import PorticoConfig

package final class TempSite: Sendable {
    private let folder = TempFolder()
    /// What is served.
    package let files: TempFolderPart
    /// The folder around it: a secret there is one `..` away.
    package var outside: TempFolder { folder }

    package init(_ contents: [String: String] = [:]) {
        folder.makeFolder("site")
        files = TempFolderPart(folder: folder, name: "site")
        for (name, text) in contents { files.write(name, text) }
    }

    /// A configuration that serves this site, with deadlines that no slow machine meets.
    package var configuration: Configuration {
        var configuration = Configuration()
        configuration.site.directory = folder.path + "/site"
        configuration.server = .patient
        return configuration
    }
}

extension ServerSettings {
    /// Nothing is closed for its slowness.
    package static var patient: ServerSettings {
        var settings = ServerSettings()
        settings.headerTimeout = .seconds(120)
        settings.bodyIdleTimeout = .seconds(120)
        settings.keepAliveTimeout = .seconds(120)
        settings.writeIdleTimeout = .seconds(120)
        return settings
    }

    /// The same with one deadline, or another setting, changed.
    package func with<Value>(_ setting: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
        var settings = self
        settings[keyPath: setting] = value
        return settings
    }
}

/// A folder below a temporary one.
package struct TempFolderPart: Sendable {
    private let folder: TempFolder
    private let name: String

    init(folder: TempFolder, name: String) {
        self.folder = folder
        self.name = name
    }

    package var path: String { folder.path + "/" + name }

    package func write(_ file: String, _ bytes: some Sequence<UInt8>) { folder.write(name + "/" + file, bytes) }
    package func write(_ file: String, _ text: String) { folder.write(name + "/" + file, text) }
    package func replace(_ file: String, _ bytes: [UInt8]) { folder.replace(name + "/" + file, bytes) }
    package func makeFolder(_ file: String) { folder.makeFolder(name + "/" + file) }
    package func link(_ file: String, to target: String) { folder.link(name + "/" + file, to: target) }
    package func makePipe(_ file: String) { folder.makePipe(name + "/" + file) }
    package func delete(_ file: String) { folder.delete(name + "/" + file) }
    package func setMode(_ file: String, _ mode: UInt32) { folder.setMode(name + "/" + file, mode) }
    package func shrink(_ file: String, to size: Int) { folder.shrink(name + "/" + file, to: size) }
    package func setModified(_ file: String, _ seconds: Int) { folder.setModified(name + "/" + file, seconds) }
    package func bytes(_ file: String) -> [UInt8] { folder.bytes(name + "/" + file) }
}
