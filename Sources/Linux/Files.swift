import CLinux
import Glibc
import Support

/// Whole files and folders, with errors that name the path.
public enum Files {
    public static func read(_ path: String, limit: Int = .max) throws(EscaleError) -> [UInt8] {
        let fd = try Sys.open(path, O_RDONLY)
        do { return try readAll(fd.raw, limit: limit) } catch { throw error.within(path) }
    }

    /// The file as text; bytes that are not UTF-8 become U+FFFD.
    public static func text(_ path: String) throws(EscaleError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    public static func readAll(_ fd: Int32, limit: Int = .max) throws(EscaleError) -> [UInt8] {
        var out: [UInt8] = []
        // Most files here are a line: a large buffer would cost its page faults.
        var size = 4096
        while out.count < limit {
            let wanted = min(size, limit - out.count)
            var code: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                repeat {
                    let n = Glibc.read(fd, buffer.baseAddress, wanted)
                    code = n < 0 ? errno : 0
                    count = max(n, 0)
                } while code == EINTR
            }
            if code != 0 { throw .system("read", "", errno: code) }
            if piece.isEmpty { break }
            if out.isEmpty { out = piece } else { out += piece }
            size = min(size * 4, 1 << 20)
        }
        return out
    }

    /// Writes into the file as it is (for /proc, /sys and cgroup files): no new file, one write.
    public static func poke(_ path: String, _ text: String) throws(EscaleError) {
        let fd = try Sys.open(path, O_WRONLY)
        do { try Sys.writeAll(fd.raw, text.utf8) } catch { throw error.within("\(path): \"\(text)\"") }
    }

    /// Replaces the file at once: readers see the old or the new content, whatever dies meanwhile.
    /// - Parameter durable: also survives a power cut (fsync of file and folder), at milliseconds.
    public static func replace(
        _ path: String, _ bytes: some Collection<UInt8>, mode: mode_t = 0o644, durable: Bool = false
    ) throws(EscaleError) {
        let temporary = "\(path).tmp-\(Hex.random(4))"
        do {
            let fd = try Sys.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            try Sys.writeAll(fd.raw, bytes)
            if durable { try Sys.call("fsync", temporary) { fsync(fd.raw) } }
            try Sys.call("rename", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        if durable {
            let folder = try Sys.open(Path.parent(path), O_RDONLY | O_DIRECTORY)
            try Sys.call("fsync", path) { fsync(folder.raw) }
        }
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    public static func isDirectory(_ path: String) -> Bool {
        var s = stat()
        return stat(path, &s) == 0 && s.st_mode & S_IFMT == S_IFDIR
    }

    /// mkdir -p.
    public static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(EscaleError) {
        if mkdir(path, mode) == 0 { return }
        let code = errno
        if code == EEXIST, isDirectory(path) { return }
        guard code == ENOENT, path != "/", !path.isEmpty else {
            throw .system("mkdir", path, errno: code)
        }
        try makeDirectory(Path.parent(path), mode: mode)
        if mkdir(path, mode) != 0, errno != EEXIST { throw .system("mkdir", path, errno: errno) }
    }

    /// Names in a folder, sorted, without `.` and `..`.
    public static func list(_ path: String) throws(EscaleError) -> [String] {
        guard let folder = opendir(path) else { throw .system("open", path, errno: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// rm -rf that never follows a symlink and never leaves the tree's file system entries behind a
    /// mount point: a busy mount is an error. A missing path is fine.
    public static func removeTree(_ path: String) throws(EscaleError) {
        try removeTree(at: AT_FDCWD, path, shown: path)
    }

    /// The same for a name in an open folder; errors call it `shown`.
    public static func removeTree(at folder: Int32, _ name: String, shown: String)
        throws(EscaleError)
    {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
        let code = errno
        guard code == EISDIR || code == EPERM || code == EACCES || code == ENOTEMPTY else {
            throw .system("remove", shown, errno: code)
        }
        let raw = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw .system("remove", shown, errno: code) }
        // fdopendir takes the descriptor over.
        guard let stream = fdopendir(raw) else {
            close(raw)
            throw .system("open", shown, errno: errno)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let child = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if child == "." || child == ".." { continue }
            try removeTree(at: raw, child, shown: "\(shown)/\(child)")
        }
        try Sys.call("remove", shown) { unlinkat(folder, name, AT_REMOVEDIR) }
    }
}

/// Path arithmetic on strings; touches no file.
public enum Path {
    public static func join(_ parts: String...) -> String {
        parts.dropFirst().reduce(parts.first ?? "") { base, part in
            if part.isEmpty { return base }
            if base.isEmpty { return part }
            return (base.hasSuffix("/") ? String(base.dropLast()) : base)
                + (part.hasPrefix("/") ? part : "/" + part)
        }
    }

    public static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    public static func name(_ path: String) -> String {
        String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    }

    /// Removes `.`, `..` and double slashes without looking at the disk; `..` stops at the root.
    public static func clean(_ path: String) -> String {
        if isClean(path) { return path }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                if parts.isEmpty || parts.last == ".." {
                    if !path.hasPrefix("/") { parts.append(part) }
                } else {
                    parts.removeLast()
                }
            } else {
                parts.append(part)
            }
        }
        let text = parts.joined(separator: "/")
        return path.hasPrefix("/") ? "/" + text : (text.isEmpty ? "." : text)
    }

    /// By bytes, since nearly every path is.
    private static func isClean(_ path: String) -> Bool {
        var previous: UInt8 = 0
        var dots = 0
        for byte in path.utf8 {
            if byte == 47 {
                if previous == 47 || (1...2).contains(dots) { return false }
                dots = 0
            } else {
                // -1: a part that has more than dots.
                dots = byte == 46 && dots >= 0 ? dots + 1 : -1
            }
            previous = byte
        }
        return path == "/" || (previous != 47 && previous != 0 && !(1...2).contains(dots))
    }
}
