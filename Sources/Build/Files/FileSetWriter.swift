import Archive
import Glibc
import Linux
import Support

/// Writes file sets into a root: a step's overlay. Every path is resolved inside it, as a process that
/// lives there would see it.
struct FileSetWriter: ~Copyable {
    struct Options: Sendable {
        /// For what is copied and the folders made on the way; nil keeps the source's.
        var owner: (uid: UInt32, gid: UInt32)? = (0, 0)
        var chmod: ModeChange?
        /// For all that is written, in place of the source's times.
        var time: Timestamp?
        /// For folders that have no source.
        var folderTime = Timestamp(nanoseconds: 0)
    }

    let root: Int32
    private let options: Options
    /// Folders that got something new and what their time shall be, by path as resolved.
    private var folderTimes: [String: Timestamp] = [:]
    private var links: [UInt64: (folder: String, name: String)] = [:]

    init(root: Int32, _ options: Options) {
        self.root = root
        self.options = options
    }

    /// Whether a folder is there, also by a link.
    func isFolder(_ path: String) -> Bool { (try? InRoot.open(root, path, O_RDONLY | O_DIRECTORY)) != nil }

    /// Makes a folder and those above it where they are missing.
    mutating func makeFolder(_ path: String, links: Int = 40) throws(EscaleError) -> FD {
        if let fd = try? InRoot.open(root, path, O_RDONLY | O_DIRECTORY) { return fd }
        guard !path.isEmpty, path != "/", links > 0 else { throw .system("open", path, errno: ELOOP) }
        let parent = try makeFolder(parentOf(path), links: links)
        let name = Path.name(path)
        note(parentOf(path), parent)
        if mkdirat(parent.raw, name, 0o755) != 0 {
            guard errno == EEXIST else { throw .system("mkdir", "/" + path, errno: errno) }
            // A link to a folder that is not there, or no folder at all.
            guard let target = try? RootfsTransfer.readLink(parent.raw, name) else {
                throw EscaleError(.conflict, "/\(path) is not a directory", errno: ENOTDIR)
            }
            let whole = target.hasPrefix("/") ? target : "\(parentOf(path))/\(target)"
            return try makeFolder(String(Path.clean("/" + whole).dropFirst()), links: links - 1)
        }
        let made = try InRoot.open(root, path, O_RDONLY | O_DIRECTORY)
        try Sys.call("chmod", path) { fchmod(made.raw, 0o755) }
        if let owner = options.owner {
            try Sys.call("chown", path) { fchown(made.raw, owner.uid, owner.gid) }
        }
        folderTimes[path] = options.time ?? options.folderTime
        return made
    }

    /// Remembers the time of a folder before something is put into it.
    private mutating func note(_ path: String, _ folder: borrowing FD) {
        guard folderTimes[path] == nil else { return }
        var s = stat()
        guard fstat(folder.raw, &s) == 0 else { return }
        folderTimes[path] = Timestamp(
            nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000 + Int64(s.st_mtim.tv_nsec))
    }

    /// Writes a set below `destination`, a path without leading slash.
    mutating func write(_ set: FileSet, from source: Int32, to destination: String) throws(EscaleError) {
        for item in set.items {
            let path =
                item.target.isEmpty
                ? destination : destination.isEmpty ? item.target : "\(destination)/\(item.target)"
            try write(item, from: source, to: path, isTop: item.target.isEmpty)
        }
    }

    /// - Parameter isTop: the destination itself: a folder there is no copy of the source's, only its content is.
    private mutating func write(_ item: FileSet.Item, from source: Int32, to path: String, isTop: Bool)
        throws(EscaleError)
    {
        if item.kind == .directory {
            if isTop, isFolder(path) { return }
            let made = try makeFolder(path)
            if isTop { return }
            try dress(made.raw, item, path)
            folderTimes[path] = options.time ?? item.modified
            return
        }
        guard !path.isEmpty else { throw EscaleError(.conflict, "cannot copy to directory: /") }
        let parentPath = parentOf(path)
        let parent = try makeFolder(parentPath)
        let name = Path.name(path)
        note(parentPath, parent)
        var old = stat()
        if fstatat(parent.raw, name, &old, AT_SYMLINK_NOFOLLOW) == 0 {
            guard old.st_mode & S_IFMT != S_IFDIR else {
                throw EscaleError(.conflict, "cannot copy to directory: /\(path)", errno: EISDIR)
            }
            try Sys.call("remove", path) { unlinkat(parent.raw, name, 0) }
        }
        if let inode = item.inode {
            if let first = links[inode],
                let folder = try? InRoot.open(root, first.folder, O_RDONLY | O_DIRECTORY),
                linkat(folder.raw, first.name, parent.raw, name, 0) == 0
            {
                return
            }
            links[inode] = (parentPath, name)
        }
        switch item.kind {
        case .file:
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let target = FD(owning: try Sys.call("create", path) { openat(parent.raw, name, flags, 0o600) })
            if let content = item.content {
                try Sys.writeAll(target.raw, content)
                try dress(target.raw, item, path)
            } else {
                let file = try InRoot.open(source, item.source, O_RDONLY | O_NONBLOCK)
                while try Sys.call("copy", path, { Int(sendfile(target.raw, file.raw, nil, 1 << 30)) }) > 0 {}
                try dress(target.raw, item, path)
                // After the owner, whose change takes it away.
                if let capability = ExtendedAttribute.get(file.raw, "security.capability") {
                    try? ExtendedAttribute.set(target.raw, "security.capability", capability)
                }
            }
            setTime(target.raw, options.time ?? item.modified)
        case .symlink:
            try Sys.call("symlink", path) { symlinkat(item.link, parent.raw, name) }
            try own(parent.raw, name, item, path)
        default:
            let type = item.kind == .fifo ? S_IFIFO : item.kind == .block ? S_IFBLK : S_IFCHR
            try Sys.call("mknod", path) { mknodat(parent.raw, name, type | 0o600, item.device) }
            try own(parent.raw, name, item, path)
            try Sys.call("chmod", path) { fchmodat(parent.raw, name, mode(item), 0) }
        }
    }

    private func mode(_ item: FileSet.Item) -> mode_t {
        options.chmod?.apply(to: item.mode, isFolder: item.kind == .directory) ?? item.mode
    }

    private func dress(_ fd: Int32, _ item: FileSet.Item, _ path: String) throws(EscaleError) {
        let owner = options.owner ?? (item.uid, item.gid)
        try Sys.call("chown", path) { fchown(fd, owner.uid, owner.gid) }
        try Sys.call("chmod", path) { fchmod(fd, mode(item)) }
    }

    private func own(_ folder: Int32, _ name: String, _ item: FileSet.Item, _ path: String)
        throws(EscaleError)
    {
        let owner = options.owner ?? (item.uid, item.gid)
        try Sys.call("chown", path) { fchownat(folder, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) }
        var times = Self.times(options.time ?? item.modified)
        utimensat(folder, name, &times, AT_SYMLINK_NOFOLLOW)
    }

    private static func times(_ t: Timestamp) -> [timespec] {
        let time = timespec(tv_sec: Int(t.seconds), tv_nsec: Int(t.nanoseconds % 1_000_000_000))
        return [time, time]
    }

    private func setTime(_ fd: Int32, _ t: Timestamp) {
        var times = Self.times(t)
        futimens(fd, &times)
    }

    /// Unpacks an archive into a folder.
    mutating func unpack(_ tar: any ByteSource, to destination: String) throws(EscaleError) {
        _ = try makeFolder(destination)
        var extraction = ExtractOptions.layer(compressed: 1 << 40)
        extraction.whiteouts = .literal
        extraction.keepsKinds = true
        if let owner = options.owner { extraction.owners = .fixed(uid: owner.uid, gid: owner.gid) }
        _ = try TreeExtractor.extract(tar, into: root, at: destination, extraction)
    }

    /// Gives folders their times: last, since putting files into them changes it.
    consuming func finish() {
        for (path, time) in folderTimes {
            guard let folder = try? InRoot.open(root, path, O_RDONLY | O_DIRECTORY) else { continue }
            setTime(folder.raw, time)
        }
    }
}

/// `--chmod`: octal, or symbolic as chmod(1).
package struct ModeChange: Sendable, Equatable {
    private enum Form: Sendable, Equatable {
        case octal(UInt32)
        case clauses([Clause])
    }

    private struct Clause: Sendable, Equatable {
        var who: UInt32
        var operation: Character
        var letters: String
    }

    private let form: Form

    /// Throws `.invalid`.
    package init(_ text: String) throws(EscaleError) {
        let bad = EscaleError(
            .invalid,
            "invalid chmod parameter: '\(text)'. it should be octal string and between 0 and 07777")
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else { throw bad }
            form = .octal(mode)
            return
        }
        var clauses: [Clause] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let at = part.firstIndex(where: { "+-=".contains($0) }) else { throw bad }
            var who: UInt32 = 0
            for c in part[..<at] {
                switch c {
                case "u": who |= 0o4700
                case "g": who |= 0o2070
                case "o": who |= 0o1007
                case "a": who |= 0o7777
                default: throw bad
                }
            }
            let letters = String(part[part.index(after: at)...])
            guard letters.allSatisfy({ "rwxXst".contains($0) }) else { throw bad }
            clauses.append(Clause(who: who == 0 ? 0o7777 : who, operation: part[at], letters: letters))
        }
        form = .clauses(clauses)
    }

    package func apply(to mode: UInt32, isFolder: Bool) -> UInt32 {
        guard case .clauses(let clauses) = form else {
            if case .octal(let fixed) = form { return fixed }
            return mode
        }
        var mode = mode
        for clause in clauses {
            var bits: UInt32 = 0
            for c in clause.letters {
                switch c {
                case "r": bits |= 0o444
                case "w": bits |= 0o222
                case "x": bits |= 0o111
                case "X": if isFolder || mode & 0o111 != 0 { bits |= 0o111 }
                case "s": bits |= 0o6000
                default: bits |= 0o1000
                }
            }
            bits &= clause.who
            switch clause.operation {
            case "+": mode |= bits
            case "-": mode &= ~bits
            default: mode = mode & ~(clause.who & (clause.letters.isEmpty ? 0o777 : 0o7777)) | bits
            }
        }
        return mode
    }
}
