// Which names say by a hash that their file never changes.
import PorticoStatic
import Testing

@Suite struct FingerprintTests {
    @Test func namesOfBuildToolsAreRecognised() {
        let names = [
            // webpack, Create React App, Parcel
            "main.3f2a1b9c.js", "main.3f2a1b9c.chunk.js", "main.3f2a1b9c.chunk.js.map", "2.8e71fc5b.chunk.css",
            "main.3f2a1b9c0d1e2f3a4b5c.bundle.js", "index.3F2A1B9C.css", "logo.5d5d9eefa31e5e13a6610d9fa7a283bb.svg",
            // Vite, Rollup
            "index-BfX3kQ9z.js", "vendor-D4k9XyZ1.js", "app-B1x9Kq2Z.css", "Inter-DxP8vQ3t.woff2",
            // esbuild, Angular
            "chunk-5JQ3X7KD.js", "main-AB2D34XE.js", "styles-7GZ2Q3XA.css",
            // Next.js, Rails
            "3f2a1b9c0d1e2f3a.css", "webpack-8fa1640cc84ba8fe.js", "app_3f2a1b9c.js",
            "application-1b2c3d4e5f60718293a4b5c6d7e8f901.css",
        ]
        for name in names { #expect(Fingerprint.isIn(name), "\(name)") }
    }

    @Test func wordsNumbersAndDatesAreNone() {
        let names = [
            "index.html", "app.js", "app.9f3.js", "app", "", ".", "...", ".3f2a1b9c", "3f2a1b9c", "jquery-3.7.1.min.js",
            "bootstrap.bundle.min.js", "report-20240101.pdf", "photo.12345678.jpg", "IMG-20241121.jpg",
            "a.1700000000.js",
            "summer-photos2024.jpg", "poster-Summer2024.png", "setup-iPhone5S.png", "hero-Galaxy4K.jpg",
            "Title-Edition2024New.png",
            "deadbeef.js", "a.deadbeef.js", "a.facade12.js", "face-face2face.mp3", "playlist-decade80.mp3",
            "a.3f2a1b9.js", "logo-version2.png", "my-long-file-name.css",
            "a.3f2a1b9c.extensionTooLong",
            "a.3f2a1b9c.", "-3f2a1b9c", "3f2a1b9c.js", "release-v10.20.30.zip", "font-awesome.min.css",
            "chunk-ABCDEFGH.js",
            "a.3f2a1b9c.d.e.f.js", "résumé-2024.pdf",
        ]
        for name in names { #expect(!Fingerprint.isIn(name), "\(name)") }
    }
}
