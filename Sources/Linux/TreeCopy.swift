import CLinux
import Glibc
import Support

/// Copies a folder's content into another folder, both open: owners, modes, times, links and nodes are kept.
/// Symlinks are copied, never followed.
public enum TreeCopy {
    public static func copy(from: borrowing FD, to: borrowing FD, shown: String) throws(EscaleError) {
        let raw = openat(from.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { throw .system("open", shown, errno: errno) }
        // fdopendir takes the descriptor over.
        guard let stream = fdopendir(raw) else {
            close(raw)
            throw .system("open", shown, errno: errno)
        }
        defer { closedir(stream) }
        let target = openat(to.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard target >= 0 else { throw .system("open", shown, errno: errno) }
        defer { close(target) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            try copyEntry(raw, target, name, shown: "\(shown)/\(name)")
        }
        var s = stat()
        if fstat(raw, &s) == 0 { try keep(s, target, ".", isLink: false, shown) }
    }

    private static func copyEntry(_ from: Int32, _ to: Int32, _ name: String, shown: String)
        throws(EscaleError)
    {
        var s = stat()
        try Sys.call("stat", shown) { fstatat(from, name, &s, AT_SYMLINK_NOFOLLOW) }
        let kind = s.st_mode & S_IFMT
        switch kind {
        case S_IFDIR:
            try Sys.call("mkdir", shown) { mkdirat(to, name, 0o700) }
            try copy(
                from: try folder(from, name, shown), to: try folder(to, name, shown), shown: shown)
            return
        case S_IFREG: try copyFile(from, to, name, shown: shown)
        case S_IFLNK:
            var buffer = [CChar](repeating: 0, count: 4097)
            let n = readlinkat(from, name, &buffer, 4096)
            guard n >= 0 else { throw .system("readlink", shown, errno: errno) }
            let text = String(decoding: buffer.prefix(n).map(UInt8.init(bitPattern:)), as: UTF8.self)
            try Sys.call("symlink", shown) { symlinkat(text, to, name) }
        default: try Sys.call("mknod", shown) { mknodat(to, name, s.st_mode, s.st_rdev) }
        }
        try keep(s, to, name, isLink: kind == S_IFLNK, shown)
    }

    private static func folder(_ at: Int32, _ name: String, _ shown: String) throws(EscaleError) -> FD {
        let raw = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw .system("open", shown, errno: errno) }
        return FD(owning: raw)
    }

    private static func copyFile(_ from: Int32, _ to: Int32, _ name: String, shown: String)
        throws(EscaleError)
    {
        let source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard source >= 0 else { throw .system("open", shown, errno: errno) }
        defer { close(source) }
        let target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw .system("create", shown, errno: errno) }
        defer { close(target) }
        while try Sys.call("copy", shown, { Int(sendfile(target, source, nil, 1 << 30)) }) > 0 {}
    }

    /// Owner before mode: a change of owner clears the set-id bits.
    private static func keep(_ s: stat, _ at: Int32, _ name: String, isLink: Bool, _ shown: String)
        throws(EscaleError)
    {
        try Sys.call("chown", shown) { fchownat(at, name, s.st_uid, s.st_gid, AT_SYMLINK_NOFOLLOW) }
        if !isLink { try Sys.call("chmod", shown) { fchmodat(at, name, s.st_mode & 0o7777, 0) } }
        var times = [s.st_atim, s.st_mtim]
        utimensat(at, name, &times, AT_SYMLINK_NOFOLLOW)
    }
}
