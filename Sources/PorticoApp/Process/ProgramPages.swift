// Reading a configuration, command lines and certificates takes code that runs once. Its pages stay mapped for as long as the
// process lives, a third of what it seems to need; the kernel would take them back only when memory is short.
import CLinux
import Glibc

enum ProgramPages {
    /// Unmaps the pages of the program's code and constants; those that are used again come back from the page cache, at some
    /// microseconds for sixteen of them. Nothing that this process wrote is touched. To be called once the server listens.
    static func giveBack() {
        // SAFETY: the kernel says where the program's own headers lie; they stay there.
        guard let first = UnsafePointer<Elf64_Phdr>(bitPattern: UInt(getauxval(UInt(AT_PHDR)))) else { return }
        let headers = UnsafeBufferPointer(start: first, count: Int(getauxval(UInt(AT_PHNUM))))
        // The headers tell their own place as it was when the program was linked.
        guard let own = headers.first(where: { $0.p_type == UInt32(PT_PHDR) }) else { return }
        let base = UInt(bitPattern: first) &- UInt(own.p_vaddr)
        // A segment that is never written is as it is in its file; only such may be dropped.
        for header in headers where header.p_type == UInt32(PT_LOAD) && header.p_flags & UInt32(PF_W) == 0 {
            giveBack(from: base &+ UInt(header.p_vaddr), count: UInt(header.p_memsz))
        }
    }

    private static func giveBack(from address: UInt, count: UInt) {
        let page = UInt(sysconf(CInt(_SC_PAGESIZE)))
        let start = address & ~(page - 1)
        let end = (address + count + page - 1) & ~(page - 1)
        // SAFETY: whole pages of a mapping that its file backs; a refusal leaves all as it was.
        madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
    }
}
