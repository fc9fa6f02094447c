// The one place that says which version this is.

package enum PorticoVersion {
    package static let number = "0.1.0"
}
