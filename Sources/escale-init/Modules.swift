import CLinux
import Glibc
import Linux
import Support

/// Kernel modules of the initramfs: a folder a group, files named so that their order is that of their
/// needs. The folder stays open, so that a group can still be loaded when the image's disk is the root.
struct Modules: ~Copyable {
    private let folder: FD

    init() throws(EscaleError) { folder = try Sys.open("/modules", O_RDONLY | O_DIRECTORY) }

    func load(_ group: String) throws(EscaleError) {
        // Group names come from the supervisor, and are names.
        guard !group.contains("/") else { throw EscaleError(.invalid, "load modules: \(group)") }
        let list = FD(owning: openat(folder.raw, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard list.raw >= 0 else { throw .system("open", "modules/\(group)", errno: errno) }
        for name in try names(list.raw) {
            let file = FD(owning: openat(list.raw, name, O_RDONLY | O_CLOEXEC))
            let result = cl_load_module(file.raw)
            if result < 0, result != -EEXIST { throw .system("load module", name, errno: -result) }
        }
    }

    private func names(_ fd: Int32) throws(EscaleError) -> [String] {
        let copy = cl_fcntl(fd, F_DUPFD_CLOEXEC, 3)
        guard let stream = fdopendir(copy) else { throw .system("open", "modules", errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".ko") { names.append(name) }
        }
        return names.sorted()
    }
}
