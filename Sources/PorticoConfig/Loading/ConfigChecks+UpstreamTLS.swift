// The files of `tls` in routes: what is named must be there and readable. What they hold is seen at the start.

extension ConfigChecks {
    func checkUpstreamTLS(_ reading: inout Reading) {
        var seen: Set<String> = []
        for (index, route) in draft.proxies.enumerated() {
            let tls = route.settings.tls
            let accepted = reading.accepted
            let node = { (key: String) in accepted["proxy[\(index)].tls.\(key)"] }
            let files = [("ca_file", tls.caFile), ("cert_file", tls.certFile), ("key_file", tls.keyFile)]
            for (key, path) in files where !path.isEmpty {
                // What comes from [proxy_defaults] is told once.
                guard let place = node(key), seen.insert(place.path.description).inserted else { continue }
                checkFile(path, place, &reading)
            }
            if tls.certFile.isEmpty != tls.keyFile.isEmpty,
                let place = node(tls.certFile.isEmpty ? "key_file" : "cert_file"),
                seen.insert("pair " + place.path.description).inserted
            {
                let missing = tls.certFile.isEmpty ? "cert_file" : "key_file"
                reading.fault("\(place.path.named) needs `\(missing)` beside it", at: place, .name)
            }
        }
    }

    private func checkFile(_ path: String, _ place: ConfigNode, _ reading: inout Reading) {
        switch surroundings.inspect(path) {
        case nil: reading.fault("\(place.path.named): there is no file \(path)", at: place)
        case .some(let facts) where facts.kind == .directory:
            reading.fault("\(place.path.named): \(path) is a directory, expected a PEM file", at: place)
        case .some(let facts) where !facts.isReadable:
            reading.fault("\(place.path.named): \(path) cannot be read: permission denied", at: place)
        default: break
        }
    }
}
