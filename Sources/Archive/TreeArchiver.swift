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

    private let options: Options
    /// The one that the tree's root lies on.
    private var mount: UInt64?

    /// How files on disk become an archive.
    public struct Options: Sendable {
        /// The tree is an overlay's upper folder: its whiteouts and opaque folders are written as layers
        /// have them (image-spec, layer.md "Whiteouts").
        public var isOverlay: Bool
        /// No file is later than this (`SOURCE_DATE_EPOCH`).
        public var latest: Timestamp?
        /// Paths in the archive that are left out with all below them; folders that hold nothing else
        /// too.
        public var skipped: Set<String>
        /// What is mounted in the tree is not of it: the empty folder or file beneath is what is written.
        public var staysOnMount: Bool

        public init(
            isOverlay: Bool = false, latest: Timestamp? = nil, skipped: Set<String> = [],
            staysOnMount: Bool = false
        ) {
            self.staysOnMount = staysOnMount
            self.isOverlay = isOverlay
            self.latest = latest
            self.skipped = skipped
        }
    }

    public init(_ writer: TarWriter, _ options: Options = Options()) {
        self.writer = writer
        self.options = options
    }

    /// Adds the difference that an overlay's upper folder makes, as a layer: the same files give the same
    /// bytes, whatever order they were made in.
    public static func addLayer(
        upper: String, to writer: TarWriter, latest: Timestamp? = nil, skipping: Set<String> = []
    ) throws(EscaleError) {
        let walk = TreeArchiver(writer, Options(isOverlay: true, latest: latest, skipped: skipping))
        let root = try Sys.open(upper, O_RDONLY | O_DIRECTORY)
        for name in try names(in: root.raw, upper) { try walk.add(name, in: root.raw, as: name) }
    }

    public func finish() throws(EscaleError) { try writer.finish() }

    /// Adds what `name` is in an open folder, with all below it; sockets are left out. Symbolic links
    /// are never followed.
    /// - Parameter path: its name in the archive.
    public func add(_ name: String, in folder: Int32, as path: String) throws(EscaleError) {
        if options.skipped.contains(path) { return }
        var s = stat()
        if fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0 { throw .system("lstat", path, errno: errno) }
        if options.isOverlay, s.st_mode & S_IFMT == S_IFCHR, s.st_rdev == 0 {
            return try whiteOut(path, name, s)
        }
        guard var entry = Self.entry(s, path) else { return }
        if let latest = options.latest { entry.modified = min(entry.modified, latest) }
        if s.st_nlink > 1, entry.kind != .directory {
            let id = FileID(device: UInt(s.st_dev), inode: UInt(s.st_ino))
            if let first = names[id] {
                entry.kind = .hardlink
                entry.link = first
                return try writer.add(entry)
            }
            names[id] = path
        }
        if options.staysOnMount {
            let here = try Sys.mountID(folder, name)
            if here != mount ?? here {
                if entry.kind != .directory { entry = TarEntry(path: path, kind: .file, mode: 0o644) }
                return try writer.add(entry)
            }
            mount = here
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
            let names = try Self.names(in: fd.raw, path)
            if !names.isEmpty, names.allSatisfy({ options.skipped.contains("\(path)/\($0)") }) { return }
            try writer.add(entry)
            if options.isOverlay, isOpaque(fd.raw) { try whiteOut("\(path)/.wh..opq", ".wh..opq", s) }
            for child in names {
                try add(child, in: fd.raw, as: path.hasSuffix("/") ? path + child : "\(path)/\(child)")
            }
        default: try writer.add(entry)
        }
    }

    /// `.wh.NAME`, an empty file beside what it hides.
    private func whiteOut(_ path: String, _ name: String, _ s: stat) throws(EscaleError) {
        let parent = path.contains("/") ? Path.parent(path) + "/" : ""
        var modified = Timestamp(nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000)
        if let latest = options.latest { modified = min(modified, latest) }
        try writer.add(TarEntry(path: "\(parent).wh.\(name)", kind: .file, mode: 0o644, modified: modified))
    }

    private func isOpaque(_ folder: Int32) -> Bool {
        ["trusted", "user"].contains { ExtendedAttribute.get(folder, "\($0).overlay.opaque") == [0x79] }
    }

    static func entry(_ s: stat, _ path: String) -> TarEntry? {
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
    static func attributes(_ fd: Int32) -> [TarEntry.Attribute] {
        let name = "security.capability"
        return ExtendedAttribute.get(fd, name).map { [.init(name: name, value: $0)] } ?? []
    }

    package static func names(in folder: Int32, _ path: String) throws(EscaleError) -> [String] {
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
