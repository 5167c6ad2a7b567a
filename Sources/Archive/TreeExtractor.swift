import Glibc
import Linux
import Support

/// How an archive becomes files.
public struct ExtractOptions: Sendable {
    public enum Whiteouts: Sendable {
        /// `.wh.` files (image-spec, layer.md "Whiteouts") become what overlayfs understands
        /// (kernel, overlayfs.rst): a 0:0 device, and an attribute on folders. The attribute's
        /// namespace is `trusted`, or `user` for overlays mounted with `userxattr` (rootless).
        case overlay(namespace: String)
        /// `.wh.` files are files like others.
        case literal
    }

    public enum Owners: Sendable, Equatable {
        /// Those of the archive.
        case archive
        /// The calling user.
        case caller
        case fixed(uid: UInt32, gid: UInt32)
    }

    public var whiteouts: Whiteouts
    public var owners: Owners
    /// A folder never replaces something else, nor something else a folder.
    public var keepsKinds: Bool
    /// Does without what a user namespace refuses: devices, and owners that it has no mapping for.
    public var skipsRefused: Bool
    /// Bytes of files at most, holes of sparse ones included, and entries.
    public var limits = ExtractLimits()

    public init(
        whiteouts: Whiteouts = .literal, owners: Owners = .archive, keepsKinds: Bool = false,
        skipsRefused: Bool = false
    ) {
        self.whiteouts = whiteouts
        self.owners = owners
        self.keepsKinds = keepsKinds
        self.skipsRefused = skipsRefused
    }

    /// For an image's layer: all it says where we are root, what can be done where we are not.
    /// - Parameter compressed: bytes of the layer's blob.
    public static func layer(compressed: Int64) -> ExtractOptions {
        let isRoot = geteuid() == 0
        // The identity map of all ids is the initial user namespace's (user_namespaces(7)).
        let map = (try? Files.text("/proc/self/uid_map")) ?? ""
        let isInitial = map.split(whereSeparator: { $0 == " " || $0 == "\n" }) == ["0", "0", "4294967295"]
        var options = ExtractOptions(
            whiteouts: .overlay(namespace: isRoot && isInitial ? "trusted" : "user"),
            owners: isRoot ? .archive : .caller, skipsRefused: !(isRoot && isInitial))
        options.limits = ExtractLimits(compressed: compressed)
        return options
    }
}

/// What an archive may become at most, so that a few kilobytes can't fill a disk.
public struct ExtractLimits: Sendable, Equatable {
    /// Content of files; holes of sparse ones count.
    public var bytes: Int64 = 1 << 40
    public var entries = 10_000_000

    public init() {}

    /// For a compressed archive: 400 times its size, and a gigabyte in any case. Programs and texts shrink
    /// to a third or a tenth, zeros to a thousandth (gzip) or less (zstd).
    public init(compressed: Int64) {
        bytes = max(1 << 30, compressed > 1 << 32 ? 1 << 40 : compressed * 400)
    }
}

/// What an extraction made.
public struct ExtractSummary: Sendable, Equatable {
    public var files = 0
    /// Content of regular files; a hard link counts nothing.
    public var bytes: Int64 = 0
}

/// Unpacks a tar archive beneath a folder. Whatever the archive says, and whatever is in the folder
/// already, nothing outside it is touched.
public enum TreeExtractor {
    /// - Parameters:
    ///   - tar: not compressed.
    ///   - root: a descriptor of the folder that links, old and new, take for `/`.
    ///   - base: the folder below it that the archive's paths start from.
    public static func extract(
        _ tar: any ByteSource, into root: Int32, at base: String = "", _ options: ExtractOptions
    ) throws(EscaleError) -> ExtractSummary {
        let reader = try ArchiveReader(tar, format: .tar)
        var extraction = Extraction(root: root, base: try safePath(base), options: options)
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            guard entries <= options.limits.entries else {
                throw EscaleError(.invalid, "more than \(options.limits.entries) entries in the archive")
            }
            do { try extraction.place(entry, reader) } catch {
                throw error.within("extract \"\(entry.path)\"")
            }
        }
        try extraction.finish()
        return extraction.summary
    }

    /// The path below the root: no empty parts, `.` or `..`; `""` is the root itself. A leading slash
    /// means the root. Throws `.invalid` for a path that climbs out.
    package static func safePath(_ path: String) throws(EscaleError) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                guard !parts.isEmpty else {
                    throw EscaleError(.invalid, "\"\(path)\" is outside of the archive's root")
                }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}

private struct Extraction {
    let root: Int32
    let base: String
    let options: ExtractOptions
    var summary = ExtractSummary()
    /// Folders get their mode and time last: making files in them needs the one and changes the other.
    private var folders: [(path: String, mode: UInt32, modified: Timestamp)] = []

    init(root: Int32, base: String, options: ExtractOptions) {
        self.root = root
        self.base = base
        self.options = options
    }

    /// A path of the archive as a path below the root.
    private func place(_ member: String) -> String {
        base.isEmpty ? member : member.isEmpty ? base : "\(base)/\(member)"
    }

    mutating func place(_ entry: TarEntry, _ content: ArchiveReader) throws(EscaleError) {
        let member = try TreeExtractor.safePath(entry.path)
        let path = place(member)
        if member.isEmpty {
            guard entry.kind == .directory else {
                throw EscaleError(.invalid, "the archive's root is not a directory")
            }
            let fd = try InRoot.open(root, path, O_RDONLY | O_DIRECTORY)
            try dress(fd.raw, entry)
            folders.append((path, entry.mode, entry.modified))
            return
        }
        let name = Path.name(path)
        let parent = try InRoot.makeFolder(root, path.contains("/") ? Path.parent(path) : "")
        if case .overlay(let namespace) = options.whiteouts, name.hasPrefix(".wh.") {
            return try whiteOut(name, in: parent.raw, namespace)
        }
        let wasHidden = try clear(name, in: parent.raw, for: entry, path)
        switch entry.kind {
        case .directory:
            try folder(name, in: parent.raw, entry, path, hidesLower: wasHidden)
        case .file: try file(name, in: parent.raw, entry, content)
        case .hardlink: return try hardLink(name, in: parent.raw, entry)
        case .symlink:
            guard !entry.link.isEmpty else { throw EscaleError(.invalid, "a symlink without target") }
            try Sys.call("symlink") { symlinkat(entry.link, parent.raw, name) }
            try dress(name, in: parent.raw, entry)
        case .character, .block, .fifo: try node(name, in: parent.raw, entry)
        case .socket: return
        }
        summary.files += 1
    }

    mutating func finish() throws(EscaleError) {
        for folder in folders.reversed() {
            // It may have been replaced since, by a later entry: then there is nothing to finish.
            guard let fd = try? InRoot.open(root, folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            else { continue }
            try Sys.call("chmod", folder.path) { fchmod(fd.raw, folder.mode) }
            var times = Self.times(folder.modified)
            try Sys.call("utimens", folder.path) { futimens(fd.raw, &times) }
        }
    }

    /// Makes room for an entry. Folders are merged, anything else is replaced.
    /// - Returns: whether a whiteout of this layer was in its place.
    private func clear(_ name: String, in parent: Int32, for entry: TarEntry, _ path: String)
        throws(EscaleError) -> Bool
    {
        var old = stat()
        guard fstatat(parent, name, &old, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        let wasFolder = old.st_mode & S_IFMT == S_IFDIR
        let isFolder = entry.kind == .directory
        if wasFolder, isFolder { return false }
        if options.keepsKinds, wasFolder != isFolder {
            throw EscaleError(
                .invalid,
                isFolder
                    ? "cannot overwrite non-directory \"/\(path)\" with directory"
                    : "cannot overwrite directory \"/\(path)\" with non-directory")
        }
        try Files.removeTree(at: parent, name, shown: path)
        return old.st_mode & S_IFMT == S_IFCHR && old.st_rdev == 0
    }

    // MARK: Kinds

    private mutating func folder(
        _ name: String, in parent: Int32, _ entry: TarEntry, _ path: String, hidesLower: Bool
    ) throws(EscaleError) {
        if mkdirat(parent, name, 0o700) != 0, errno != EEXIST { throw .system("mkdir", errno: errno) }
        let fd = FD(
            owning: try Sys.call("open") {
                openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            })
        try dress(fd.raw, entry)
        if hidesLower, case .overlay(let namespace) = options.whiteouts {
            try setOpaque(fd.raw, namespace)
        }
        folders.append((path, entry.mode, entry.modified))
    }

    private mutating func file(
        _ name: String, in parent: Int32, _ entry: TarEntry, _ content: ArchiveReader
    ) throws(EscaleError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let fd = FD(owning: try Sys.call("create") { openat(parent, name, flags, 0o600) })
        guard entry.size <= options.limits.bytes - summary.bytes else {
            throw EscaleError(
                .invalid,
                "the archive unpacks to more than \(options.limits.bytes) bytes: refused as a "
                    + "decompression bomb")
        }
        try content.copyContent(to: fd.raw, entry)
        summary.bytes += entry.size
        try dress(fd.raw, entry)
        // After chown, which clears set-uid.
        try Sys.call("chmod") { fchmod(fd.raw, entry.mode) }
        var times = Self.times(entry.modified)
        try Sys.call("utimens") { futimens(fd.raw, &times) }
    }

    private mutating func hardLink(_ name: String, in parent: Int32, _ entry: TarEntry) throws(EscaleError) {
        let target: String
        do { target = try TreeExtractor.safePath(entry.link) } catch {
            throw EscaleError(.invalid, "invalid hardlink \"\(entry.path)\" -> \"\(entry.link)\"")
        }
        guard !target.isEmpty else { throw EscaleError(.invalid, "a hardlink to the root") }
        let whole = place(target)
        let folder = try InRoot.open(
            root, whole.contains("/") ? Path.parent(whole) : "", O_RDONLY | O_DIRECTORY)
        // No AT_SYMLINK_FOLLOW: a link to a symlink is a second name of the symlink itself.
        try Sys.call("link", entry.link) { linkat(folder.raw, Path.name(target), parent, name, 0) }
        summary.files += 1
    }

    private func node(_ name: String, in parent: Int32, _ entry: TarEntry) throws(EscaleError) {
        let type = entry.kind == .fifo ? S_IFIFO : entry.kind == .block ? S_IFBLK : S_IFCHR
        let device = entry.kind == .fifo ? 0 : DeviceNumber.make(entry.major, entry.minor)
        if mknodat(parent, name, type | 0o600, device) != 0 {
            if errno == EPERM, entry.kind != .fifo, options.skipsRefused { return }
            throw .system("mknod", errno: errno)
        }
        try dress(name, in: parent, entry)
        try Sys.call("chmod") { fchmodat(parent, name, entry.mode, AT_SYMLINK_NOFOLLOW) }
    }

    private func whiteOut(_ name: String, in parent: Int32, _ namespace: String) throws(EscaleError) {
        if name == ".wh..wh..opq" { return try setOpaque(parent, namespace) }
        // Other names of this form are the storage's own business (aufs).
        if name.hasPrefix(".wh..wh.") { return }
        let hidden = String(name.dropFirst(4))
        guard !hidden.isEmpty, hidden != ".", hidden != ".." else {
            throw EscaleError(.invalid, "invalid whiteout")
        }
        if mknodat(parent, hidden, S_IFCHR, 0) == 0 { return }
        guard errno == EEXIST else { throw .system("mknod", hidden, errno: errno) }
        // Whiteouts hide what lower layers have: what this layer itself brought stays, and when that
        // is a folder it must not be merged with theirs.
        let raw = openat(parent, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { return }
        let fd = FD(owning: raw)
        try setOpaque(fd.raw, namespace)
    }

    private func setOpaque(_ folder: Int32, _ namespace: String) throws(EscaleError) {
        try ExtendedAttribute.set(folder, "\(namespace).overlay.opaque", Array("y".utf8))
    }

    // MARK: Attributes

    private func owner(_ entry: TarEntry) -> (uid_t, gid_t)? {
        switch options.owners {
        case .archive: (entry.uid, entry.gid)
        case .caller: nil
        case .fixed(let uid, let gid): (uid, gid)
        }
    }

    /// chown(2) gives EINVAL for an id without mapping (user_namespaces(7)).
    private func ownership(_ chown: () -> Int32) throws(EscaleError) {
        if chown() == 0 || (errno == EINVAL && options.skipsRefused) { return }
        throw .system("chown", errno: errno)
    }

    /// Owner and extended attributes of an open file or folder.
    private func dress(_ fd: Int32, _ entry: TarEntry) throws(EscaleError) {
        if let (uid, gid) = owner(entry) { try ownership { fchown(fd, uid, gid) } }
        // overlayfs's own attributes are not an archive's to set.
        for attribute in entry.attributes where !attribute.name.contains(".overlay.") {
            do throws(EscaleError) {
                try ExtendedAttribute.set(fd, attribute.name, attribute.value)
            } catch  where error.errno == EOPNOTSUPP || error.errno == EPERM {
                // The file system or the user namespace has no room for it; the file is whole.
                continue
            }
        }
    }

    /// Owner and time of what can't be opened.
    private func dress(_ name: String, in parent: Int32, _ entry: TarEntry) throws(EscaleError) {
        if let (uid, gid) = owner(entry) {
            try ownership { fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
        var times = Self.times(entry.modified)
        try Sys.call("utimens") { utimensat(parent, name, &times, AT_SYMLINK_NOFOLLOW) }
    }

    private static func times(_ t: Timestamp) -> [timespec] {
        // Rounded down, so that the nanoseconds are never negative.
        var nanoseconds = Int(t.nanoseconds % 1_000_000_000)
        var seconds = Int(t.nanoseconds / 1_000_000_000)
        if nanoseconds < 0 {
            nanoseconds += 1_000_000_000
            seconds -= 1
        }
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        return [time, time]
    }
}
