import Glibc
import Linux
import Support

/// What a path in a container is, as the Docker API tells it (`X-Docker-Container-Path-Stat`).
public struct PathStat: Equatable, Sendable {
    public var name: String
    public var size: Int64
    /// st_mode of inode(7).
    public var mode: UInt32
    public var modified: Timestamp
    /// For a symbolic link: where it leads, as an absolute path.
    public var linkTarget: String

    /// The mode in the bits of Go's os.FileMode, which the Docker API speaks.
    public var goMode: UInt32 {
        var bits = mode & 0o777
        switch mode & S_IFMT {
        case S_IFDIR: bits |= 1 << 31
        case S_IFLNK: bits |= 1 << 27
        case S_IFBLK: bits |= 1 << 26
        case S_IFCHR: bits |= 1 << 26 | 1 << 21
        case S_IFIFO: bits |= 1 << 25
        case S_IFSOCK: bits |= 1 << 24
        default: break
        }
        if mode & 0o4000 != 0 { bits |= 1 << 23 }
        if mode & 0o2000 != 0 { bits |= 1 << 22 }
        if mode & 0o1000 != 0 { bits |= 1 << 20 }
        return bits
    }

    /// The header's content before base64.
    public var json: JSON {
        [
            "name": .string(name), "size": .int(size), "mode": .int(Int64(goMode)),
            "mtime": .string(modified.rfc3339), "linkTarget": .string(linkTarget)
        ]
    }
}

/// Copies between a container's files and tar streams, as `docker cp` needs (Docker Engine API,
/// `/containers/{id}/archive`). Paths are resolved as the container sees them and never leave its root.
public enum RootfsTransfer {
    /// A symbolic link at the path's end is not followed, unless a slash or `/.` comes after it.
    /// Throws `.notFound`.
    public static func stat(root: Int32, path: String) throws(EscaleError) -> PathStat {
        let place = try Place(root, path)
        var s = Glibc.stat()
        try place.stat(&s)
        var target = ""
        if s.st_mode & S_IFMT == S_IFLNK {
            let link = try readLink(place.folder.raw, place.name)
            target = Path.clean(link.hasPrefix("/") ? link : "/\(Path.parent(path))/\(link)")
        }
        return PathStat(
            name: place.shown, size: Int64(s.st_size), mode: s.st_mode,
            modified: Timestamp(
                nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000 + Int64(s.st_mtim.tv_nsec)),
            linkTarget: target)
    }

    /// Writes a tar archive of what is at `path` to `sink`: a folder with all below it, under its own
    /// name, or a single file.
    /// - Parameter staysOnMount: leaves out what is in mounts below it.
    public static func get(
        root: Int32, path: String, to sink: any ByteSink, staysOnMount: Bool = false
    ) throws(EscaleError) {
        let place = try Place(root, path)
        var s = Glibc.stat()
        try place.stat(&s)
        let walk = TreeArchiver(TarWriter(sink), .init(staysOnMount: staysOnMount))
        try walk.add(place.name, in: place.folder.raw, as: place.shown)
        try walk.finish()
    }

    /// Unpacks a tar archive (compressed or not) into the folder at `path`, following a symbolic link
    /// to one. Throws `.notFound`, or `.invalid` where it is no folder.
    public static func put(
        root: Int32, path: String, from source: any ByteSource, keepsKinds: Bool = false,
        owners: ExtractOptions.Owners = .archive
    ) throws(EscaleError) -> ExtractSummary {
        let clean = Path.clean("/" + path)
        do throws(EscaleError) {
            _ = try InRoot.open(root, clean, O_RDONLY | O_DIRECTORY)
        } catch  where error.errno == ENOTDIR {
            throw EscaleError(.invalid, "extraction point is not a directory", errno: ENOTDIR)
        }
        let options = ExtractOptions(owners: owners, keepsKinds: keepsKinds, skipsRefused: true)
        return try TreeExtractor.extract(try Decompressor(source), into: root, at: clean, options)
    }

    package static func readLink(_ folder: Int32, _ name: String) throws(EscaleError) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let n = try Sys.call("readlink", name) { readlinkat(folder, name, &buffer, 4096) }
        return String(decoding: buffer.prefix(n).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A path's last component in its open parent.
    private struct Place: ~Copyable {
        let folder: FD
        /// `.` for the folder itself.
        let name: String
        /// What the thing is called in archives and headers.
        let shown: String

        init(_ root: Int32, _ path: String) throws(EscaleError) {
            let followed = path.hasSuffix("/") || path.hasSuffix("/.") || path == "."
            let clean = Path.clean("/" + path)
            if followed || clean == "/" {
                folder = try InRoot.open(root, clean, O_RDONLY | O_DIRECTORY)
                name = "."
                shown = path.hasSuffix(".") ? "." : Path.name(clean).isEmpty ? "/" : Path.name(clean)
            } else {
                folder = try InRoot.open(root, Path.parent(clean), O_RDONLY | O_DIRECTORY)
                name = Path.name(clean)
                shown = name
            }
        }

        borrowing func stat(_ s: inout Glibc.stat) throws(EscaleError) {
            if fstatat(folder.raw, name, &s, AT_SYMLINK_NOFOLLOW) != 0 {
                throw .system("lstat", shown, errno: errno)
            }
        }
    }
}
