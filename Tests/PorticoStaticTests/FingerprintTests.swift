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
            // webpack with `contenthash:6`
            "main.3f2a1b.js", "vendor.0c9d4e7.mjs", "main.3f2a1b.js.map", "a.3f2a1b9.js",
            // Rollup, where its alphabet holds marks too
            "index-BX3kL9aQ.js", "index-D_k2f-1a.js", "vendor--Bw3Kb1X.js", "useAuth-x_9Kq2Lm.mjs",
            // esbuild and Angular: letters alone
            "app-5KX7QWRT.js", "chunk-ABCDEFGH.js", "main-QWERTYUI.js", "polyfills-5KX7QWR7.js",
            // Django, Hugo
            "base.3f2a1b9c0d1e.css", "main.min.0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9.css",
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
            "logo-version2.png", "my-long-file-name.css",
            "a.3f2a1b9c.extensionTooLong",
            "a.3f2a1b9c.", "-3f2a1b9c", "3f2a1b9c.js", "release-v10.20.30.zip", "font-awesome.min.css",
            "a.3f2a1b9c.d.e.f.js", "résumé-2024.pdf",
        ]
        for name in names { #expect(!Fingerprint.isIn(name), "\(name)") }
    }

    @Test func whatNamesAScriptMayStillBeAWord() {
        let names = [
            "theme.ff00aa.css", "icon.3f2a1b.png", "swatch-3f2a1b.js", "app.123456.js", "app.facade.js",
            "app.v2beta.js",
            "photo-My_2-pic.js", "report-Q3_2024a.js", "index-DarkMode.js", "index-Full-Day.js", "jquery-UI-1-12a.js",
            "lib-ABCDEFGH.js", "LOGO-VERSION2.js", "chunk-ABCDEFGH.css", "index-D_k2f-1a.png", "-D_k2f-1a.js",
            "chunk-abcdefgh.js", "main-ABCDEFG.js", "index.en-GB_2a.js",
        ]
        for name in names { #expect(!Fingerprint.isIn(name), "\(name)") }
    }

    @Test func someFoldersHoldNothingElse() {
        let paths = [
            "/_next/static/AbC123/_buildManifest.js", "/_next/static/media/c9a5bc6a7c948fb0-s.p.woff2",
            "/_app/immutable/entry/start.js", "/_astro/photo.DgxTK4eS_Z2eE1o.webp", "/_nuxt/DiwrgTda.js",
            "/docs/_astro/index.css", "/a/main.3f2a1b9c.js",
        ]
        for path in paths { #expect(Fingerprint.isIn(path: path), "\(path)") }
        let others = [
            "/_nuxt/builds/latest.json", "/_next/data/x.json", "/_app/version.json", "/_astro", "/x_astro/a.css",
            "/assets/logo.png", "/app.js", "/",
        ]
        for path in others { #expect(!Fingerprint.isIn(path: path), "\(path)") }
    }
}
