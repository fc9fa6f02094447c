// A site of short names, with links that lead out of it, for the resolver to be lost in. One link is swapped all the time.
import Glibc
import PorticoConfig
import PorticoHTTP
import PorticoStatic

struct FuzzTree {
    private let root: String
    private let resolvers: [(hidden: Bool, files: SiteFiles)]

    /// What every file inside holds; outside there is none that does.
    private static let mark = Array("INSIDE".utf8)

    init() {
        // A real tree to resolve in, left to the system's cleaning of temporary files.
        var template = Array("/tmp/portico-fuzz-XXXXXX".utf8CString)
        let folder = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        root = folder + "/site"
        for name in ["site", "site/d", "site/d/e", "site/.well-known", "site.x", "d"] {
            mkdir(folder + "/" + name, 0o755)
        }
        for name in [
            "a", "a.html", "b.html", "index.html", "d/a", "d/index.html", "d/e/f", ".h", ".well-known/a", "c.d.html",
        ] {
            Self.write(root + "/" + name, Self.mark)
        }
        for name in ["a", "s", "site.x/a", "d/a", "index.html"] {
            Self.write(folder + "/" + name, Array("OUTSIDE".utf8))
        }
        let links = [
            ("o", "../a"), ("u", ".."), ("r", "/"), ("l", "d"), ("m", "d/a"), ("p", "/proc/self"), ("x", "../site.x"),
            ("z", "/dev/zero"), ("q", "q"), ("d/u", "../.."), ("d/l", "../d/e"), ("k", folder + "/site/d"), ("t", "d"),
        ]
        for (name, target) in links { symlink(target, root + "/" + name) }
        mkfifo(root + "/f", 0o644)
        var resolvers: [(Bool, SiteFiles)] = []
        for policy in [SymlinkPolicy.inside, .never] {
            for (isClean, isHidden) in [(false, false), (true, true)] {
                var settings = SiteSettings()
                settings.directory = root
                settings.followSymlinks = policy
                settings.cleanURLs = isClean
                settings.hiddenFiles = isHidden
                resolvers.append((isHidden, SiteFiles(settings)))
            }
        }
        self.resolvers = resolvers
        startSwapping()
    }

    /// Whatever is opened lies inside and is a plain file of ours.
    func check(_ path: [UInt8]) {
        for (hidden, files) in resolvers {
            guard let found = path.withUnsafeBytes({ SitePath($0, allowHidden: hidden) }),
                case .file(let site) = files.open(found)
            else { continue }
            var status = stat()
            precondition(
                fstat(site.file.descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG, "no plain file")
            var bytes = [UInt8](repeating: 0, count: Self.mark.count)
            precondition(
                pread(site.file.descriptor, &bytes, bytes.count, 0) == bytes.count && bytes == Self.mark, "outside")
        }
    }

    private static func write(_ path: String, _ bytes: [UInt8]) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    /// The link `t` leads in, out and in again, each time in one step.
    private func startSwapping() {
        let path = UnsafeMutableRawPointer(strdup(root + "/t"))
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { path in
                let link = String(cString: path!.assumingMemoryBound(to: CChar.self))
                while true {
                    for target in ["..", "d", "../d", "/", "d/e"] {
                        symlink(target, link + ".new")
                        rename(link + ".new", link)
                        usleep(50)
                    }
                }
            }, path)
    }
}
