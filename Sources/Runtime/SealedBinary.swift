import CLinux
import Glibc
import Linux
import Support

/// Keeps containers from writing into this program.
///
/// A container may start `/proc/self/exe`, which is then this program, and root in it could open that
/// file for writing once it ends (CVE-2019-5736). So the program starts itself again from a read-only
/// mount that is in no one's namespace: through it the file can't be opened for writing.
public enum SealedBinary {
    private static let readonly: UInt64 = 1

    /// Starts the program again where it is not sealed yet. Comes back when it is, or can't be: without
    /// privilege the file is safe by its owner.
    public static func ensure() {
        let exe = "/proc/self/exe"
        guard geteuid() == 0, let own = try? Sys.open(exe, Sys.pathOnly),
            !Mount.flags(of: own.raw).contains(.readonly)
        else { return }
        let tree = cl_open_tree(AT_FDCWD, exe, 0)
        guard tree >= 0 else { return }
        let mount = FD(owning: tree)
        guard cl_mount_setattr(mount.raw, 0, readonly, 0, 0) >= 0 else { return }
        Spawn.withStrings(CommandLine.arguments) { arguments in
            Spawn.withStrings(Environment.all) { environment in
                _ = cl_exec_open(mount.raw, arguments, environment)
            }
        }
    }
}
