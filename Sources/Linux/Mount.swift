import CLinux
import Glibc
import Support

/// mount(2) and its kin. Targets are strings so that `/proc/self/fd/N` can name an open folder.
public enum Mount {
    /// Flags of mount(2).
    public struct Flags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let readonly = Flags(rawValue: 1)
        public static let nosuid = Flags(rawValue: 2)
        public static let nodev = Flags(rawValue: 4)
        public static let noexec = Flags(rawValue: 8)
        public static let synchronous = Flags(rawValue: 16)
        public static let remount = Flags(rawValue: 32)
        public static let mandatoryLocks = Flags(rawValue: 64)
        public static let dirsync = Flags(rawValue: 128)
        public static let nosymfollow = Flags(rawValue: 256)
        public static let noatime = Flags(rawValue: 1024)
        public static let nodiratime = Flags(rawValue: 2048)
        public static let bind = Flags(rawValue: 4096)
        public static let recursive = Flags(rawValue: 16384)
        public static let silent = Flags(rawValue: 32768)
        public static let unbindable = Flags(rawValue: 1 << 17)
        public static let `private` = Flags(rawValue: 1 << 18)
        public static let slave = Flags(rawValue: 1 << 19)
        public static let shared = Flags(rawValue: 1 << 20)
        public static let relatime = Flags(rawValue: 1 << 21)
        public static let versions = Flags(rawValue: 1 << 23)
        public static let strictatime = Flags(rawValue: 1 << 24)
        public static let lazytime = Flags(rawValue: 1 << 25)
        /// Access control lists.
        public static let acl = Flags(rawValue: 1 << 16)

        /// What a bind mount can change (and a remount of it must repeat).
        public static let perMount: Flags = [
            .readonly, .nosuid, .nodev, .noexec, .noatime, .nodiratime, .relatime, .nosymfollow
        ]
        public static let propagation: Flags = [.shared, .slave, .private, .unbindable]
    }

    public static func mount(
        _ source: String?, on target: String, type: String? = nil, _ flags: Flags = [],
        data: String? = nil, shown: String? = nil
    ) throws(EscaleError) {
        try Sys.check(
            cl_mount(source, target, type, flags.rawValue, data?.isEmpty == false ? data : nil),
            "mount", shown ?? "\(source ?? type ?? "none") on \(target)")
    }

    /// Sets how mounts below `target` spread (mount_namespaces(7)).
    public static func setPropagation(
        _ target: String, _ kind: Flags, recursive: Bool = false
    ) throws(EscaleError) {
        try mount(
            nil, on: target, recursive ? [kind, .recursive] : kind, shown: "propagation of \(target)")
    }

    /// Takes a mount off; `detach` also a busy one, which goes when its last user does.
    public static func unmount(_ target: String, detach: Bool = false) throws(EscaleError) {
        try Sys.check(cl_umount(target, detach ? 2 : 0), "umount", target)
    }

    /// The per-mount flags in force where `fd` is, for a remount that must keep them.
    public static func flags(of fd: Int32) -> Flags {
        let raw = cl_mount_flags(fd)
        guard raw >= 0 else { return [] }
        // ST_RDONLY, NOSUID, NODEV and NOEXEC are MS_* too; the times differ.
        var flags = Flags(rawValue: UInt(raw) & 15)
        if raw & 1024 != 0 { flags.insert(.noatime) }
        if raw & 2048 != 0 { flags.insert(.nodiratime) }
        if raw & 4096 != 0 { flags.insert(.relatime) }
        return flags
    }
}

/// An overlay file system (kernel documentation, filesystems/overlayfs).
public enum Overlay {
    /// Mounts it on `target`.
    /// - Parameters:
    ///   - lower: folders, the top layer first.
    ///   - userXattr: keep its marks in `user.` attributes, for a user namespace.
    public static func mount(
        lower: [String], upper: String, work: String, on target: String, userXattr: Bool
    ) throws(EscaleError) {
        if try mountByDescriptor(lower, upper, work, target, userXattr) { return }
        // Before Linux 6.5 layers come as one string, of a page at most.
        let escaped = lower.map(escape).joined(separator: ":")
        let data =
            "lowerdir=\(escaped),upperdir=\(escape(upper)),workdir=\(escape(work))"
            + (userXattr ? ",userxattr" : "")
        guard data.utf8.count < 4096 else {
            throw EscaleError(
                .unavailable, "overlay \(target): \(lower.count) layers need Linux 6.5 or later")
        }
        try Mount.mount("overlay", on: target, type: "overlay", data: data)
    }

    /// One layer an option (`lowerdir+`): no limit on how long they are together. False where the
    /// kernel has no such option.
    private static func mountByDescriptor(
        _ lower: [String], _ upper: String, _ work: String, _ target: String, _ userXattr: Bool
    ) throws(EscaleError) -> Bool {
        let raw = cl_fsopen("overlay")
        guard raw >= 0 else { return false }
        let fs = FD(owning: raw)
        // What shows as the device in /proc/mounts.
        _ = cl_fsconfig_string(fs.raw, "source", "overlay")
        for folder in lower {
            let result = cl_fsconfig_string(fs.raw, "lowerdir+", folder)
            if result == -EINVAL, folder == lower.first { return false }
            try Sys.check(result, "overlay layer", folder)
        }
        try Sys.check(cl_fsconfig_string(fs.raw, "upperdir", upper), "overlay upper", upper)
        try Sys.check(cl_fsconfig_string(fs.raw, "workdir", work), "overlay work", work)
        if userXattr { try Sys.check(cl_fsconfig_flag(fs.raw, "userxattr"), "overlay userxattr") }
        try Sys.check(cl_fsconfig_create(fs.raw), "mount overlay", target)
        let mount = FD(owning: try Sys.check(cl_fsmount(fs.raw, 0), "fsmount overlay", target))
        let folder = try Sys.open(target, Sys.pathOnly | O_DIRECTORY)
        try Sys.check(cl_move_mount(mount.raw, folder.raw), "move_mount overlay", target)
        return true
    }

    /// `:`, `,` and `\` separate in the option string.
    package static func escape(_ path: String) -> String {
        var out = ""
        for c in path {
            if c == "\\" || c == ":" || c == "," { out.append("\\") }
            out.append(c)
        }
        return out
    }
}
