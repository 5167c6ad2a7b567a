import Glibc
import Linux
import Support

/// Bytes of a tree of files: apparent sizes, each hard-linked file once, other file systems left out.
package enum DiskUsage {
    package static func bytes(_ path: String) -> Int {
        var root = stat()
        guard lstat(path, &root) == 0 else { return 0 }
        var seen = Set<UInt64>()
        return walk(path, device: root.st_dev, &seen)
    }

    private static func walk(_ path: String, device: dev_t, _ seen: inout Set<UInt64>) -> Int {
        var s = stat()
        guard lstat(path, &s) == 0, s.st_dev == device else { return 0 }
        switch s.st_mode & S_IFMT {
        case S_IFDIR:
            return ((try? Files.list(path)) ?? []).reduce(0) {
                $0 + walk("\(path)/\($1)", device: device, &seen)
            }
        case S_IFREG:
            if s.st_nlink > 1, !seen.insert(UInt64(s.st_ino)).inserted { return 0 }
            return Int(s.st_size)
        default: return 0
        }
    }
}
