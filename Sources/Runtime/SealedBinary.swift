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
    /// Starts the program again where it is not sealed yet. Comes back when it is, or can't be: without
    /// privilege the file is safe by its owner.
    public static func ensure() {
        let exe = "/proc/self/exe"
        guard geteuid() == 0, let own = try? Sys.open(exe, Sys.pathOnly),
            !Mount.flags(of: own.raw).contains(.readonly)
        else { return }
        guard let mount = try? ReadOnlyFile.open(exe) else { return }
        Spawn.withStrings(CommandLine.arguments) { arguments in
            Spawn.withStrings(Environment.all) { environment in
                _ = cl_exec_open(mount.raw, arguments, environment)
            }
        }
    }
}
