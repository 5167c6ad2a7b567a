import Glibc
import Linux
import Support

/// Adds files and folders from disk to a tar archive, in the order of their names.
public final class TreeArchiver {
    private let writer: TarWriter
    /// First name of files with several (device, inode), so that the others become hard links.
    private var names: [FileID: String] = [:]

    private struct FileID: Hashable {
        let device: UInt
        let inode: UInt
    }

    public init(_ writer: TarWriter) { self.writer = writer }

    public func finish() throws(EscaleError) { try writer.finish() }

    /// Adds what `name` is in an open folder, with all below it; sockets are left out. Symbolic links
    /// are never followed.
    /// - Parameter path: its name in the archive.
    public func add(_ name: String, in folder: Int32, as path: String) throws(EscaleError) {
        var s = stat()
        if fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0 { throw .system("lstat", path, errno: errno) }
        guard var entry = Self.entry(s, path) else { return }
        if s.st_nlink > 1, entry.kind != .directory {
            let id = FileID(device: UInt(s.st_dev), inode: UInt(s.st_ino))
            if let first = names[id] {
                entry.kind = .hardlink
                entry.link = first
                return try writer.add(entry)
            }
            names[id] = path
        }
        switch entry.kind {
        case .symlink:
            entry.link = try RootfsTransfer.readLink(folder, name)
            try writer.add(entry)
        case .file:
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
            let fd = FD(owning: try Sys.call("open", path) { openat(folder, name, flags) })
            // The size that is read: it may have changed since.
            try Sys.call("fstat", path) { fstat(fd.raw, &s) }
            entry.size = Int64(s.st_size)
            entry.attributes = Self.attributes(fd.raw)
            try writer.add(entry, from: DescriptorSource(fd.raw))
        case .directory:
            let flags = O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC
            let fd = FD(owning: try Sys.call("open", path) { openat(folder, name, flags) })
            try writer.add(entry)
            for child in try Self.names(in: fd.raw, path) {
                try add(child, in: fd.raw, as: path.hasSuffix("/") ? path + child : "\(path)/\(child)")
            }
        default: try writer.add(entry)
        }
    }

    private static func entry(_ s: stat, _ path: String) -> TarEntry? {
        let kind: TarEntry.Kind
        switch s.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        case S_IFCHR: kind = .character
        case S_IFBLK: kind = .block
        case S_IFIFO: kind = .fifo
        default: return nil
        }
        let isDevice = kind == .character || kind == .block
        return TarEntry(
            path: path, kind: kind, mode: s.st_mode & 0o7777, uid: s.st_uid, gid: s.st_gid,
            modified: Timestamp(nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000),
            major: isDevice ? DeviceNumber.major(UInt(s.st_rdev)) : 0,
            minor: isDevice ? DeviceNumber.minor(UInt(s.st_rdev)) : 0)
    }

    /// File capabilities, the one attribute that Docker's archives carry.
    private static func attributes(_ fd: Int32) -> [TarEntry.Attribute] {
        let name = "security.capability"
        return ExtendedAttribute.get(fd, name).map { [.init(name: name, value: $0)] } ?? []
    }

    private static func names(in folder: Int32, _ path: String) throws(EscaleError) -> [String] {
        // A second open file description: fdopendir takes it over, and its position is its own.
        let raw = try Sys.call("open", path) { openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(raw) else {
            close(raw)
            throw .system("open", path, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name else { throw EscaleError(.invalid, "\(path): a name in it is not UTF-8") }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
