import CLinux
import Glibc
import Support

/// A file seen through a read-only mount that is in no one's namespace (open_tree(2),
/// mount_setattr(2)): whoever gets hold of it, through /proc/PID/exe say, can't open it for writing.
public enum ReadOnlyFile {
    private static let readonly: UInt64 = 1

    /// A descriptor to execute (`/proc/self/fd/N`, or execveat(2)).
    /// - Throws: `.denied` without CAP_SYS_ADMIN.
    public static func open(_ path: String) throws(EscaleError) -> FD {
        let mount = FD(owning: try Sys.check(cl_open_tree(AT_FDCWD, path, 0), "open_tree", path))
        try Sys.check(cl_mount_setattr(mount.raw, 0, readonly, 0, 0), "mount_setattr", path)
        return mount
    }
}
