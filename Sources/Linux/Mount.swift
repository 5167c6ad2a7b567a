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
