// The entry of the server: a loaded configuration is served until the process is told to stop.
package import PorticoConfig

package enum PorticoServer {
    package static func run(_ loaded: LoadedConfiguration) async throws {}
}
