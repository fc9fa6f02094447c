// How many descriptors a site may hold: bounded, whatever paths are asked for.
import Glibc
import PorticoTesting
import Testing

@Suite(.serialized) struct DescriptorTests {
    /// Descriptors of this process that are open on a file of that name.
    private static func open(_ name: String) -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            let descriptor = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var buffer = [CChar](repeating: 0, count: 4096)
            let length = readlink("/proc/self/fd/" + descriptor, &buffer, buffer.count)
            guard length > 0 else { continue }
            let path = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
            if path.hasSuffix(name) { count += 1 }
        }
        return count
    }

    @Test func oneFileByManySpellingsIsOpenOnce() async throws {
        let site = TempSite()
        site.files.write("spelt.bin", Array(repeating: 1, count: 100_000))
        try await serving(site) { served async throws in
            for slashes in 1...50 {
                #expect(try served.get(String(repeating: "/", count: slashes) + "spelt.bin").status == 200)
            }
            #expect(Self.open("/spelt.bin") == 1)
        }
    }

    @Test func manyLargeFilesDoNotStayOpen() async throws {
        let site = TempSite()
        for index in 0..<300 { site.files.write("many-\(index).large", Array(repeating: 1, count: 70_000)) }
        try await serving(site) { served async throws in
            for index in 0..<300 { #expect(try served.get("/many-\(index).large", method: "HEAD").status == 200) }
            #expect(Self.open(".large") <= 256)
        }
    }
}
