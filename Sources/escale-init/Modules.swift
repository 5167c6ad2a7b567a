import CLinux
import Glibc
import Linux
import Support

/// Kernel modules of the initramfs: a folder a group, files named so that their order is that of their
/// needs.
enum Modules {
    static func load(group: String) throws(EscaleError) {
        let folder = "/modules/\(group)"
        for name in try Files.list(folder) {
            let file = try Sys.open("\(folder)/\(name)", O_RDONLY)
            let result = cl_load_module(file.raw)
            if result < 0, result != -EEXIST { throw .system("load module", name, errno: -result) }
        }
    }
}
