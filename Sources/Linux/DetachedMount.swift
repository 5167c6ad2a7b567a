import CLinux
import Glibc
import Support

/// A copy of a mount that is in no tree yet (open_tree(2)). Its attributes are set before anybody can
/// reach it, and it is put on an open folder or file: no name is looked up twice, so nothing can be
/// swapped in between.
public struct DetachedMount: ~Copyable {
    /// The copy's top; still that once it is attached.
    public let fd: FD

    /// - Parameter recursive: with the mounts below it.
    public init(of source: borrowing FD, recursive: Bool, shown: String) throws(EscaleError) {
        fd = FD(owning: try Sys.check(cl_open_tree(source.raw, "", recursive ? 1 : 0), "mount", shown))
    }

    /// Changes per-mount flags; what is in neither set stays as the source has it.
    public func change(
        set: Mount.Flags, clear: Mount.Flags, recursive: Bool = false, shown: String
    ) throws(EscaleError) {
        try fd.changeMount(set: set, clear: clear, recursive: recursive, shown: shown)
    }

    /// Maps owners as the user namespace that is open does.
    public func mapOwners(
        as userNamespace: borrowing FD, recursive: Bool, shown: String
    ) throws(EscaleError) {
        try Sys.check(cl_mount_idmap(fd.raw, recursive ? 1 : 0, userNamespace.raw), "id-mapped mount", shown)
    }

    /// A descriptor of such a copy that another part of the program made.
    public init(owning raw: Int32) { fd = FD(owning: raw) }

    public consuming func release() -> Int32 { fd.release() }

    public func attach(to target: borrowing FD, shown: String) throws(EscaleError) {
        try Sys.check(cl_move_mount(fd.raw, target.raw), "mount", shown)
    }
}

extension FD {
    /// mount_setattr(2). The descriptor must be open at a mount's top: anything else is EINVAL.
    public func changeMount(
        set: Mount.Flags, clear: Mount.Flags, recursive: Bool = false, shown: String
    ) throws(EscaleError) {
        var on = Self.attributes(set)
        var off = Self.attributes(clear.subtracting(set))
        // How access times are kept is one field of three values, changed as a whole.
        let times: Mount.Flags = [.noatime, .relatime, .strictatime]
        if !set.isDisjoint(with: times) || clear.contains(.noatime) || clear.contains(.strictatime) {
            off |= 0x70
            if set.contains(.noatime) { on |= 0x10 } else if set.contains(.strictatime) { on |= 0x20 }
        }
        if on == 0, off == 0 { return }
        try Sys.check(cl_mount_setattr(raw, recursive ? 1 : 0, on, off, 0), "mount", shown)
    }

    /// MOUNT_ATTR_* of the flags that have one of their own.
    private static func attributes(_ flags: Mount.Flags) -> UInt64 {
        // Read-only, nosuid, nodev and noexec have the same bits.
        var out = UInt64(flags.rawValue & 15)
        if flags.contains(.nodiratime) { out |= 0x80 }
        if flags.contains(.nosymfollow) { out |= 0x20_0000 }
        return out
    }

    /// The magic number of the file system that it is on (statfs(2)).
    public var fileSystem: FileSystem { FileSystem(rawValue: cl_fs_magic(raw)) }
}

/// File systems that are told from others by their magic number (linux/magic.h).
public struct FileSystem: RawRepresentable, Equatable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let proc = FileSystem(rawValue: 0x9FA0)
    public static let sysfs = FileSystem(rawValue: 0x6265_6572)
    public static let tmpfs = FileSystem(rawValue: 0x0102_1994)
    public static let devpts = FileSystem(rawValue: 0x1CD1)
    public static let namespaces = FileSystem(rawValue: 0x6E73_6673)
}
