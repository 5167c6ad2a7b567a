import Archive
import Glibc
import Linux
import Support

/// The files of a layer to be made: all with one time, in the order of their paths, so that the same
/// content always has the same digest.
struct LayerTree {
    private var members: [String: (entry: TarEntry, content: [UInt8])] = [:]
    let modified: Timestamp

    init(modified: Timestamp) { self.modified = modified }

    /// Paths are relative to the image's root; folders above are added when missing.
    mutating func folder(_ path: String, mode: UInt32 = 0o755, owner: UInt32 = 0) {
        put(TarEntry(path: path, kind: .directory, mode: mode, uid: owner, gid: owner))
    }

    mutating func file(_ path: String, _ content: [UInt8], mode: UInt32 = 0o644) {
        put(TarEntry(path: path, kind: .file, mode: mode), content)
    }

    mutating func link(_ path: String, to target: String) {
        put(TarEntry(path: path, kind: .symlink, mode: 0o777, link: target))
    }

    /// Adds the files of a folder on disk. Only their names and content count, not their modes, owners
    /// or times: those that start with `#!` become executable.
    mutating func add(contentsOf folder: String) throws(EscaleError) {
        for (path, content) in try FolderContent.read(folder) {
            file(path, content, mode: content.starts(with: "#!".utf8) ? 0o755 : 0o644)
        }
    }

    private mutating func put(_ entry: TarEntry, _ content: [UInt8] = []) {
        let above = Path.parent(entry.path)
        if above != ".", members[above] == nil { folder(above) }
        var entry = entry
        entry.modified = modified
        members[entry.path] = (entry, content)
    }

    func write(to tar: TarWriter) throws(EscaleError) {
        for path in members.keys.sorted() {
            guard let member = members[path] else { continue }
            try tar.add(member.entry, content: member.content)
        }
    }
}

/// Names and content of the files below a folder.
enum FolderContent {
    /// Sorted by path. Hidden files and editors' backups are left out.
    static func read(_ folder: String) throws(EscaleError) -> [(path: String, content: [UInt8])] {
        var found: [(path: String, content: [UInt8])] = []
        for name in try Files.list(folder) where !name.hasPrefix(".") && !name.hasSuffix("~") {
            let path = "\(folder)/\(name)"
            if Files.isDirectory(path) {
                found += try read(path).map { ("\(name)/\($0.path)", $0.content) }
            } else {
                found.append((name, try Files.read(path, limit: 16 << 20)))
            }
        }
        return found
    }

    /// One SHA-256 of all names and contents.
    static func hash(_ folder: String) throws(EscaleError) -> String {
        var hash = SHA256()
        for (path, content) in try read(folder) {
            let line = Array("\(path) \(content.count)\n".utf8) + content
            line.withUnsafeBytes { hash.update($0) }
        }
        return hash.hex
    }
}
