import Glibc
import Support

/// What a container that could not be started leaves as its exit status.
public enum LaunchStatus {
    /// 127 for a program that is not there, 126 for one that can't be run, 128 for all else, as Docker.
    public static func of(_ error: EscaleError, step: String?) -> Int {
        guard step == "exec" || step == "exec.find" else { return 128 }
        switch error.errno {
        case ENOENT, ENOTDIR: return 127
        case EACCES, EISDIR, ENOEXEC, EPERM: return 126
        default: return 128
        }
    }
}
