import Glibc
import Images
import Linux
import OCI
import Support

/// Root disks made of an image's layers: one for each image and size, copied for each machine.
public enum DiskImage {
    /// Raised when the making changes.
    private static let format = 1

    /// The disk of an image, made now where it is missing.
    /// - Parameter size: bytes of the file system, at least those of the image's files.
    /// - Returns: the path of an ext4 image that must not be written to.
    public static func base(kit: Kit, image: Image, store: ImageStore, size: Int64) throws(EscaleError)
        -> String
    {
        let folder = "\(kit.guest)/disks"
        let path = "\(folder)/\(image.id.hex.prefix(24))-\(size >> 20)M-\(format).ext4"
        if Files.exists(path) { return path }
        guard size > image.size + image.size / 8 + (8 << 20) else {
            throw EscaleError(
                .noSpace,
                "a disk of \(Units.binarySize(size)) is too small for the image's "
                    + "\(Units.binarySize(image.size))",
                repair: "--disk \((image.size + image.size / 4) >> 20 + 64)m")
        }
        try Files.makeDirectory(folder, mode: 0o700)
        let lock = try FileLock("\(folder)/.lock")
        defer { _ = lock }
        if Files.exists(path) { return path }
        let lower = try store.lowerFolders(image)
        try make(path, lower: lower, size: size, seed: image.id.hex)
        return path
    }

    /// Makes an ext4 image of the layers, seen as one by overlayfs: the kernel itself applies whiteouts
    /// and opaque folders. The mount is in a namespace of the program that makes the file system, and
    /// goes with it.
    /// - Parameters:
    ///   - lower: folders, top first.
    ///   - seed: hexadecimal digits that become the file system's UUID and hash seed.
    static func make(_ path: String, lower: [String], size: Int64, seed: String) throws(EscaleError) {
        let temporary = "\(path).tmp"
        // Of a process that died here: we hold the lock.
        try Files.removeTree(temporary)
        try Files.makeDirectory("\(temporary)/root")
        try Files.makeDirectory("\(temporary)/empty")
        let uuid = uuid(seed)
        // mke2fs -d takes one folder, so even a single layer goes through the overlay's read-only form,
        // which wants two: an empty one below changes nothing.
        let layers = (lower + ["\(temporary)/empty"]).map(escape).joined(separator: ":")
        let script =
            "mount -t overlay overlay -o \"lowerdir=$1\" \"$2\" && exec mke2fs -q -F -t ext4 -b 4096 -m 0 "
            + "-O ^has_journal,^resize_inode -U \"$3\" -E \"hash_seed=$3,root_owner=0:0\" -L escale "
            + "-d \"$2\" \"$4\" \"$5\""
        do throws(EscaleError) {
            let result: Spawn.Result
            do throws(EscaleError) {
                result = try Spawn.run(
                    "unshare",
                    [
                        "--mount", "sh", "-c", script, "sh", layers, "\(temporary)/root", uuid,
                        "\(temporary)/disk", "\(size >> 10)k"
                    ],
                    environment: Environment.all.filter { !$0.hasPrefix("PATH=") }
                        + ["PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"])
            } catch { throw error.within("make a disk of the image") }
            guard result.status == 0 else {
                throw failure(String(result.errorText.filter { $0 != "\n" }.prefix(300)))
            }
            try Sys.call("rename", path) { rename("\(temporary)/disk", path) }
            try? Files.removeTree(temporary)
        } catch {
            try? Files.removeTree(temporary)
            throw error
        }
    }

    private static func failure(_ text: String) -> EscaleError {
        if text.contains("not found") {
            return EscaleError(
                .unavailable, "make a disk of the image: \(text)", repair: "sudo apt-get install e2fsprogs")
        }
        if text.contains("No space left") || text.contains("ext2 filesystem is full")
            || text.contains("Could not allocate block")
        {
            return EscaleError(
                .noSpace, "make a disk of the image: \(text)",
                repair: "--disk with more, or room on the host (df -h)")
        }
        if text.contains("ermission") || text.contains("not permitted") {
            return EscaleError(
                .denied, "make a disk of the image: \(text)", repair: "run as root: sudo escale vm run …")
        }
        return EscaleError(.internal, "make a disk of the image: \(text)")
    }

    /// The same UUID for the same image.
    static func uuid(_ seed: String) -> String {
        let digits = Array(seed.prefix(32))
        var parts: [String] = []
        var at = 0
        for length in [8, 4, 4, 4, 12] {
            parts.append(String(digits[min(at, digits.count)..<min(at + length, digits.count)]))
            at += length
        }
        return parts.joined(separator: "-")
    }

    /// A colon or backslash in a path of `lowerdir=` (overlayfs documentation).
    static func escape(_ path: String) -> String {
        path.reduce(into: "") { text, c in
            if c == ":" || c == "\\" || c == "," { text.append("\\") }
            text.append(c)
        }
    }

    /// Bytes that the cached disks take.
    public static func cacheUsage(kit: Kit) -> Int64 {
        ((try? Files.list("\(kit.guest)/disks")) ?? []).reduce(0) {
            $0 + SparseFile.usage("\(kit.guest)/disks/\($1)")
        }
    }
}
