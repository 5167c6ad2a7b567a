import CLinux
import Glibc
import Linux
import Support

/// Writes the upper folder of an overlay as an image layer (image-spec, layer.md): what overlayfs marks as
/// deleted becomes `.wh.` files. The same files always give the same bytes.
public struct UpperArchiver: ~Copyable {
    private let writer: TarWriter
    /// No file is told to be younger, nor is one on disk afterwards.
    private let latest: Timestamp?
    private var names: [FileID: String] = [:]
    public private(set) var files = 0
    /// Content of regular files; a hard link counts nothing.
    public private(set) var bytes: Int64 = 0

    private struct FileID: Hashable {
        let device: UInt
        let inode: UInt
    }

    public init(_ writer: TarWriter, latest: Timestamp? = nil) {
        self.writer = writer
        self.latest = latest
    }

    /// Adds all that is in the folder; not the folder itself.
    public mutating func add(contentsOf folder: Int32) throws(EscaleError) {
        try addChildren(of: folder, path: "")
    }

    private mutating func addChildren(of folder: Int32, path: String) throws(EscaleError) {
        if Self.isOpaque(folder) {
            try writer.add(Self.whiteout(path.isEmpty ? ".wh..wh..opq" : "\(path)/.wh..wh..opq"))
        }
        for name in try TreeArchiver.names(in: folder, path) {
            try add(name, in: folder, as: path.isEmpty ? name : "\(path)/\(name)")
        }
    }

    private static func whiteout(_ path: String) -> TarEntry {
        TarEntry(path: path, kind: .file, mode: 0)
    }

    private static func isOpaque(_ folder: Int32) -> Bool {
        ["trusted", "user"].contains {
            ExtendedAttribute.get(folder, "\($0).overlay.opaque") == [UInt8(ascii: "y")]
        }
    }

    private mutating func add(_ name: String, in folder: Int32, as path: String) throws(EscaleError) {
        var s = stat()
        if fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0 { throw .system("lstat", path, errno: errno) }
        if s.st_mode & S_IFMT == S_IFCHR, s.st_rdev == 0 {
            let parent = path.dropLast(name.utf8.count)
            return try writer.add(Self.whiteout("\(parent).wh.\(name)"))
        }
        guard var entry = TreeArchiver.entry(s, path) else { return }
        if let latest, entry.modified > latest {
            entry.modified = latest
            var times = [timespec(tv_sec: Int(latest.seconds), tv_nsec: 0)]
            times.append(times[0])
            utimensat(folder, name, &times, AT_SYMLINK_NOFOLLOW)
        }
        if s.st_nlink > 1, entry.kind != .directory {
            let id = FileID(device: UInt(s.st_dev), inode: UInt(s.st_ino))
            if let first = names[id] {
                entry.kind = .hardlink
                entry.link = first
                files += 1
                return try writer.add(entry)
            }
            names[id] = path
        }
        files += 1
        switch entry.kind {
        case .symlink:
            entry.link = try RootfsTransfer.readLink(folder, name)
            try writer.add(entry)
        case .file:
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
            let fd = FD(owning: try Sys.call("open", path) { openat(folder, name, flags) })
            entry.size = Int64(s.st_size)
            entry.attributes = TreeArchiver.attributes(fd.raw)
            bytes += entry.size
            try writer.add(entry, from: DescriptorSource(fd.raw))
        case .directory:
            let flags = O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC
            let fd = FD(owning: try Sys.call("open", path) { openat(folder, name, flags) })
            try writer.add(entry)
            try addChildren(of: fd.raw, path: path)
        default: try writer.add(entry)
        }
    }
}
