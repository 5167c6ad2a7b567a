import CLinux
import Glibc
import Support

/// A folder taken for `/`: every path is resolved inside it, symlinks included, whatever an image put
/// there (openat2(2), RESOLVE_IN_ROOT).
public struct RootFolder: ~Copyable {
    public let fd: FD
    public let path: String

    private static let inRoot: UInt64 = 0x10
    private static let noMagicLinks: UInt64 = 0x02

    public init(_ path: String) throws(EscaleError) {
        fd = try Sys.open(path, Sys.pathOnly | O_DIRECTORY)
        self.path = path
    }

    /// Opens what `path` names inside; EAGAIN (a rename raced) is tried again.
    public func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(EscaleError) -> FD {
        for _ in 0..<128 {
            let raw = cl_openat2(
                fd.raw, path.isEmpty ? "." : path, UInt64(UInt32(bitPattern: flags)), UInt64(mode),
                Self.inRoot | Self.noMagicLinks)
            if raw == -EAGAIN { continue }
            return FD(owning: try Sys.check(raw, "open", path))
        }
        throw .system("open", path, errno: EAGAIN)
    }

    /// The folder at `path`, made with its parents where missing.
    public func makeFolder(_ path: String, mode: mode_t = 0o755) throws(EscaleError) -> FD {
        do { return try open(path, Sys.pathOnly | O_DIRECTORY) } catch {
            guard error.errno == ENOENT, path != "/", !path.isEmpty else { throw error }
        }
        let parent = try makeFolder(Path.parent(path), mode: mode)
        if mkdirat(parent.raw, Path.name(path), mode) != 0, errno != EEXIST {
            throw .system("mkdir", path, errno: errno)
        }
        return try open(path, Sys.pathOnly | O_DIRECTORY)
    }

    /// The file at `path`, made empty where missing.
    public func makeFile(_ path: String) throws(EscaleError) -> FD {
        do { return try open(path, Sys.pathOnly) } catch {
            guard error.errno == ENOENT else { throw error }
        }
        _ = try makeFolder(Path.parent(path))
        _ = try open(path, O_CREAT | O_WRONLY, mode: 0o644)
        return try open(path, Sys.pathOnly)
    }

    /// A new symlink at `path`; one that is already there stays.
    public func makeLink(_ path: String, to target: String) throws(EscaleError) {
        let parent = try makeFolder(Path.parent(path))
        if symlinkat(target, parent.raw, Path.name(path)) != 0, errno != EEXIST {
            throw .system("symlink", path, errno: errno)
        }
    }
}

extension FD {
    /// A path to what is open, for calls that take none: `/proc/self/fd/N`.
    public var procPath: String { "/proc/self/fd/\(raw)" }

    /// Whether a folder is open.
    public var isFolder: Bool {
        var s = stat()
        return fstat(raw, &s) == 0 && s.st_mode & S_IFMT == S_IFDIR
    }
}

extension Sys {
    /// O_PATH of open(2): names a file without opening it.
    public static let pathOnly: Int32 = 0x20_0000
}
