import CLinux
import Glibc
import Support

/// Opening files in a folder whose content may be hostile: nothing in it leads outside.
public enum InRoot {
    /// openat2(2) with RESOLVE_IN_ROOT: symbolic links and `..` are resolved as if `root` were `/`.
    /// - Parameter path: `""` and `/` are the root itself.
    public static func open(_ root: Int32, _ path: String, _ flags: Int32, mode: mode_t = 0)
        throws(EscaleError) -> FD
    {
        let path = path.isEmpty || path == "/" ? "." : path
        return FD(owning: try Sys.check(cl_open_in_root(root, path, flags, mode), "open", path))
    }

    /// Opens a folder, making those that are missing (mode 0755 whatever the umask, owner: the caller).
    public static func makeFolder(_ root: Int32, _ path: String) throws(EscaleError) -> FD {
        let result = cl_open_in_root(root, path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY, 0)
        if result >= 0 { return FD(owning: result) }
        guard result == -ENOENT, !path.isEmpty, path != "/", path != "." else {
            throw .system("open", path, errno: -result)
        }
        let parent = Path.parent(path)
        let above = try makeFolder(root, parent == "." ? "" : parent)
        let isNew = mkdirat(above.raw, Path.name(path), 0o755) == 0
        if !isNew, errno != EEXIST { throw .system("mkdir", path, errno: errno) }
        let folder = try open(root, path, O_RDONLY | O_DIRECTORY)
        if isNew { try Sys.call("chmod", path) { fchmod(folder.raw, 0o755) } }
        return folder
    }
}

/// A lock on a file between processes and threads (flock(2)); the kernel frees it when its holder dies.
public struct FileLock: ~Copyable, Sendable {
    private let fd: FD

    private init(fd: consuming FD) { self.fd = fd }

    /// Waits for the lock. The file is made when missing.
    public init(_ path: String, shared: Bool = false) throws(EscaleError) {
        let file = try Sys.open(path, O_RDWR | O_CREAT, mode: 0o600)
        var result = -EINTR
        while result == -EINTR { result = cl_flock(file.raw, shared ? LOCK_SH : LOCK_EX) }
        try Sys.check(result, "flock", path)
        fd = file
    }

    /// Gives it up before its owner goes away.
    public func release() { _ = cl_flock(fd.raw, LOCK_UN) }

    /// The lock, exclusive, or nil where another holds it.
    public static func attempt(_ path: String) throws(EscaleError) -> FileLock? {
        let file = try Sys.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let result = cl_flock(file.raw, LOCK_EX | LOCK_NB)
        if result == -EWOULDBLOCK { return nil }
        try Sys.check(result, "flock", path)
        return FileLock(fd: file)
    }
}

extension Sys {
    /// Which mount what `name` is in an open folder lies on (statx(2)).
    public static func mountID(_ folder: Int32, _ name: String) throws(EscaleError) -> UInt64 {
        var id: UInt64 = 0
        try check(cl_mount_id(folder, name, &id), "statx", name)
        return id
    }
}

/// Device numbers (makedev(3)).
public enum DeviceNumber {
    public static func make(_ major: UInt32, _ minor: UInt32) -> UInt { UInt(cl_makedev(major, minor)) }
    public static func major(_ device: UInt) -> UInt32 { cl_major(UInt64(device)) }
    public static func minor(_ device: UInt) -> UInt32 { cl_minor(UInt64(device)) }
}

/// Extended attributes of open files (xattr(7)).
public enum ExtendedAttribute {
    public static func set(_ fd: Int32, _ name: String, _ value: [UInt8]) throws(EscaleError) {
        try Sys.check(cl_fsetxattr(fd, name, value, value.count), "setxattr", name)
    }

    /// nil where there is none, or none can be, or it is longer than 64 KiB.
    public static func get(_ fd: Int32, _ name: String) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: 1 << 16)
        let n = cl_fgetxattr(fd, name, &value, value.count)
        return n < 0 ? nil : Array(value[..<n])
    }
}
