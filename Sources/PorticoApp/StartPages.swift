// Reading a configuration, command lines and certificates takes code that runs once. Its pages stay mapped for as long as the
// process lives, a third of what it seems to need; the kernel would take them back only when memory is short.
import CLinux
import Glibc

enum StartPages {
    /// Unmaps the pages of code and constants; those that are used again come back from the page cache, at some microseconds
    /// for sixteen of them. Nothing that this process wrote is touched. To be called once the server listens.
    static func giveBack() {
        dl_iterate_phdr(
            { object, _, _ in
                // SAFETY: the loader's own description of a loaded object, valid during this call.
                guard let object = object?.pointee, let headers = object.dlpi_phdr else { return 0 }
                for header in UnsafeBufferPointer(start: headers, count: Int(object.dlpi_phnum)) {
                    StartPages.giveBack(header, loadedAt: UInt(object.dlpi_addr))
                }
                return 0
            }, nil)
    }

    private static func giveBack(_ header: Elf64_Phdr, loadedAt base: UInt) {
        // A segment that is never written is as it is in its file; only such may be dropped.
        guard header.p_type == UInt32(PT_LOAD), header.p_flags & UInt32(PF_W) == 0 else { return }
        let page = UInt(sysconf(CInt(_SC_PAGESIZE)))
        let start = (base + UInt(header.p_vaddr)) & ~(page - 1)
        let end = (base + UInt(header.p_vaddr + header.p_memsz) + page - 1) & ~(page - 1)
        // SAFETY: whole pages of a mapping that its file backs; a refusal leaves all as it was.
        madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
    }
}
