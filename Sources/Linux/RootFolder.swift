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
    private static let noLinks: UInt64 = 0x04

    public init(_ path: String) throws(EscaleError) {
        fd = try Sys.open(path, Sys.pathOnly | O_DIRECTORY)
        self.path = path
    }

    /// A folder that is open already; `path` is what errors call it.
    public init(_ fd: consuming FD, _ path: String) {
        self.fd = fd
        self.path = path
    }

    /// Opens what `path` names inside; EAGAIN (a rename raced) is tried again.
    /// - Parameter followsLinks: else a symlink anywhere in the path is ELOOP.
    public func open(_ path: String, _ flags: Int32, mode: mode_t = 0, followsLinks: Bool = true)
        throws(EscaleError) -> FD
    {
        for _ in 0..<128 {
            let raw = cl_openat2(
                fd.raw, path.isEmpty ? "." : path, UInt64(UInt32(bitPattern: flags)), UInt64(mode),
                Self.inRoot | (followsLinks ? Self.noMagicLinks : Self.noLinks))
            if raw == -EAGAIN { continue }
            return FD(owning: try Sys.check(raw, "open", path))
        }
        throw .system("open", path, errno: EAGAIN)
    }

    /// The folder at `path`, made with its parents where missing; also where a symlink of the image
    /// points to a folder that is not there yet.
    public func makeFolder(_ path: String, mode: mode_t = 0o755, links: Int = 40) throws(EscaleError) -> FD {
        do { return try open(path, Sys.pathOnly | O_DIRECTORY) } catch {
            guard error.errno == ENOENT, path != "/", !path.isEmpty, links > 0 else { throw error }
        }
        let parent = try makeFolder(Path.parent(path), mode: mode, links: links)
        let name = Path.name(path)
        if mkdirat(parent.raw, name, mode) != 0 {
            guard errno == EEXIST else { throw .system("mkdir", path, errno: errno) }
            var buffer = [CChar](repeating: 0, count: 4097)
            let n = readlinkat(parent.raw, name, &buffer, 4096)
            if n > 0 {
                let target = String(decoding: buffer.prefix(n).map(UInt8.init(bitPattern:)), as: UTF8.self)
                let whole = target.hasPrefix("/") ? target : Path.join(Path.parent(path), target)
                return try makeFolder(whole, mode: mode, links: links - 1)
            }
        }
        return try open(path, Sys.pathOnly | O_DIRECTORY)
    }

    /// The file at `path`, made empty where missing.
    public func makeFile(_ path: String, followsLinks: Bool = true) throws(EscaleError) -> FD {
        do { return try open(path, Sys.pathOnly, followsLinks: followsLinks) } catch {
            guard error.errno == ENOENT else { throw error }
        }
        _ = try makeFolder(Path.parent(path))
        _ = try open(path, O_CREAT | O_WRONLY, mode: 0o644, followsLinks: followsLinks)
        return try open(path, Sys.pathOnly, followsLinks: followsLinks)
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

    /// Where it is, every link followed, as this process sees it.
    public func realPath() throws(EscaleError) -> String {
        guard let path = realpath(procPath, nil) else { throw .system("realpath", procPath, errno: errno) }
        defer { free(path) }
        return String(cString: path)
    }

    /// Its permissions, with the set-id and sticky bits.
    public var mode: mode_t {
        var s = stat()
        return fstat(raw, &s) == 0 ? s.st_mode & 0o7777 : 0
    }

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
