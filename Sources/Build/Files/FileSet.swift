import Archive
import Glibc
import Linux
import Support

/// What a `COPY` or `ADD` brings from one place: found, and put in order, before anything is written.
package struct FileSet: Sendable {
    /// One file, folder, link or node.
    package struct Item: Sendable {
        /// Where it is below the source's root.
        package var source: String
        /// Where it goes below the destination; "" is the destination itself.
        package var target: String
        package var kind: TarEntry.Kind
        package var mode: UInt32
        package var uid: UInt32
        package var gid: UInt32
        package var size: Int64
        package var modified: Timestamp
        /// Of a symbolic link.
        package var link = ""
        package var device: UInt = 0
        /// The same for all names of one file; nil where it has one alone.
        package var inode: UInt64?
        /// Content of an item that is no file of the source.
        package var content: [UInt8]?
    }

    package var items: [Item] = []

    package init() {}
}

/// A folder that is read from: the build context, a stage's files, an image. Nothing leads out of it.
package final class SourceRoot: Sendable {
    private let fd: FD
    /// What errors call it.
    package let name: String

    package init(_ fd: consuming FD, name: String) {
        self.fd = fd
        self.name = name
    }

    package var raw: Int32 { fd.raw }

    /// The paths that a pattern stands for (Go's filepath.Match, a component at a time), sorted; the path
    /// itself where it has no wildcard. Empty where nothing fits.
    package func expand(_ pattern: String) throws(EscaleError) -> [String] {
        let parts = Path.clean("/" + pattern).split(separator: "/").map(String.init)
        var paths = [""]
        for part in parts {
            var next: [String] = []
            for base in paths {
                let inBase = { (name: String) in base.isEmpty ? name : "\(base)/\(name)" }
                if Glob.isPattern(part) {
                    let glob = try Glob(part)
                    guard let folder = try? InRoot.open(raw, base, O_RDONLY | O_DIRECTORY) else { continue }
                    next += try TreeArchiver.names(in: folder.raw, base).filter { glob.matches($0) }.map(
                        inBase)
                } else if exists(inBase(part)) {
                    next.append(inBase(part))
                }
            }
            paths = next
        }
        return paths
    }

    private func exists(_ path: String) -> Bool {
        // A link that leads nowhere is there too: what it is called for decides.
        guard let parent = try? InRoot.open(raw, parentOf(path), O_RDONLY | O_DIRECTORY) else { return false }
        var s = stat()
        return fstatat(parent.raw, Path.name(path), &s, AT_SYMLINK_NOFOLLOW) == 0
    }

    package func isFolder(_ path: String) -> Bool {
        (try? InRoot.open(raw, path, O_RDONLY | O_DIRECTORY)) != nil
    }

    /// A path's items: a folder with all below it, or a file. The path itself is followed where it is a
    /// link; links below are items.
    /// - Parameters:
    ///   - target: where it goes; a folder's content goes below it.
    ///   - keeps: false leaves an item out (and what is below a folder, unless `opens` says otherwise).
    package func collect(
        _ path: String, as target: String, into set: inout FileSet,
        keeps: (String, Bool) -> Bool = { _, _ in true }
    ) throws(EscaleError) {
        let s = try status(path)
        guard let item = item(s, path, target) else { return }
        set.items.append(item)
        if item.kind == .directory { try descend(path, path, target, &set, keeps) }
    }

    private func status(_ path: String) throws(EscaleError) -> stat {
        do {
            let opened = try InRoot.open(raw, path, Sys.pathOnly)
            var s = stat()
            try Sys.call("stat", path) { fstat(opened.raw, &s) }
            return s
        } catch  where error.errno == ENOENT {
            throw EscaleError(.notFound, "\"/\(path)\": not found", errno: ENOENT)
        }
    }

    private func descend(
        _ top: String, _ path: String, _ target: String, _ set: inout FileSet,
        _ keeps: (String, Bool) -> Bool
    ) throws(EscaleError) {
        let folder = try InRoot.open(raw, path, O_RDONLY | O_DIRECTORY)
        for name in try TreeArchiver.names(in: folder.raw, path) {
            let child = path.isEmpty ? name : "\(path)/\(name)"
            var s = stat()
            if fstatat(folder.raw, name, &s, AT_SYMLINK_NOFOLLOW) != 0 {
                throw .system("lstat", child, errno: errno)
            }
            let relative = top.isEmpty ? child : String(child.dropFirst(top.utf8.count + 1))
            let isFolder = s.st_mode & S_IFMT == S_IFDIR
            let wanted = keeps(relative, isFolder)
            guard wanted || isFolder else { continue }
            guard var item = item(s, child, target.isEmpty ? name : "\(target)/\(name)") else { continue }
            if item.kind == .symlink { item.link = try RootfsTransfer.readLink(folder.raw, name) }
            let at = set.items.count
            set.items.append(item)
            if isFolder {
                try descend(top, child, item.target, &set, keeps)
                // One that was left out is there after all when something in it is not.
                if !wanted, set.items.count == at + 1 { set.items.removeLast() }
            }
        }
    }

    private func item(_ s: stat, _ source: String, _ target: String) -> FileSet.Item? {
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
        return FileSet.Item(
            source: source, target: target, kind: kind, mode: s.st_mode & 0o7777, uid: s.st_uid,
            gid: s.st_gid, size: kind == .file ? Int64(s.st_size) : 0,
            modified: Timestamp(
                nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000 + Int64(s.st_mtim.tv_nsec)),
            device: UInt(s.st_rdev), inode: s.st_nlink > 1 && kind == .file ? UInt64(s.st_ino) : nil)
    }

    /// What makes two sets the same for the cache: names, kinds, modes, owners and content; no times.
    package func digests(_ set: FileSet) throws(EscaleError) -> [(path: String, digest: String)] {
        var result: [(String, String)] = []
        for item in set.items {
            var hash = SHA256()
            hash.add("\(item.kind) \(item.mode) \(item.uid) \(item.gid) \(item.link) \(item.device)\n")
            if item.kind == .file {
                if let content = item.content {
                    content.withUnsafeBytes { hash.update($0) }
                } else {
                    let file = try InRoot.open(raw, item.source, O_RDONLY | O_NONBLOCK)
                    if let capability = ExtendedAttribute.get(file.raw, "security.capability") {
                        hash.add("capability \(Hex.encode(capability))\n")
                    }
                    try DescriptorSource(file.raw).forEachChunk { (chunk) throws(EscaleError) in
                        hash.update(chunk)
                    }
                }
            }
            result.append((item.target, hash.hex))
        }
        return result
    }
}

func parentOf(_ path: String) -> String { path.contains("/") ? Path.parent(path) : "" }

extension SHA256 {
    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }
}
