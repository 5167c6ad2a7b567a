import Linux

/// The options of one mount of `config.json`, sorted by what the kernel does with them.
public struct MountOptions: Equatable {
    public var set: Mount.Flags = []
    public var clear: Mount.Flags = []
    public var propagation: [Mount.Flags] = []
    public var isBind = false
    public var isRecursive = false
    /// Flags for a mount and all below it (`rro` and its like, mount_setattr(2)).
    public var recursiveSet: Mount.Flags = []
    public var recursiveClear: Mount.Flags = []
    /// A tmpfs that starts with what the folder below it holds.
    public var copiesUp = false
    /// Owners are mapped (`idmap`), of the mounts below as well (`ridmap`).
    public var idmap: IDMap?

    public enum IDMap: Sendable { case top, recursive }

    /// For the file system itself.
    public var data: [String] = []

    private static let flags: [String: (set: Bool, flag: Mount.Flags)] = [
        "ro": (true, .readonly), "rw": (false, .readonly), "suid": (false, .nosuid),
        "nosuid": (true, .nosuid), "dev": (false, .nodev), "nodev": (true, .nodev),
        "exec": (false, .noexec), "noexec": (true, .noexec), "sync": (true, .synchronous),
        "async": (false, .synchronous), "dirsync": (true, .dirsync), "mand": (true, .mandatoryLocks),
        "nomand": (false, .mandatoryLocks), "atime": (false, .noatime), "noatime": (true, .noatime),
        "diratime": (false, .nodiratime), "nodiratime": (true, .nodiratime),
        "relatime": (true, .relatime), "norelatime": (false, .relatime),
        "strictatime": (true, .strictatime), "nostrictatime": (false, .strictatime),
        "symfollow": (false, .nosymfollow), "nosymfollow": (true, .nosymfollow),
        "silent": (true, .silent), "loud": (false, .silent), "remount": (true, .remount),
        "iversion": (true, .versions), "noiversion": (false, .versions), "lazytime": (true, .lazytime),
        "nolazytime": (false, .lazytime), "acl": (true, .acl), "noacl": (false, .acl)
    ]

    private static let spread: [String: Mount.Flags] = [
        "private": .private, "rprivate": [.private, .recursive], "slave": .slave,
        "rslave": [.slave, .recursive], "shared": .shared, "rshared": [.shared, .recursive],
        "unbindable": .unbindable, "runbindable": [.unbindable, .recursive]
    ]

    private static let recursive: [String: (set: Bool, flag: Mount.Flags)] = [
        "rro": (true, .readonly), "rrw": (false, .readonly), "rnosuid": (true, .nosuid),
        "rsuid": (false, .nosuid), "rnodev": (true, .nodev), "rdev": (false, .nodev),
        "rnoexec": (true, .noexec), "rexec": (false, .noexec), "rnodiratime": (true, .nodiratime),
        "rdiratime": (false, .nodiratime), "rrelatime": (true, .relatime),
        "rnorelatime": (false, .relatime), "rnoatime": (true, .noatime), "ratime": (false, .noatime),
        "rstrictatime": (true, .strictatime), "rnostrictatime": (false, .strictatime),
        "rnosymfollow": (true, .nosymfollow), "rsymfollow": (false, .nosymfollow)
    ]

    /// All that this runtime knows, for `features`.
    public static var names: [String] {
        (Array(flags.keys) + Array(spread.keys) + Array(recursive.keys)
            + ["bind", "rbind", "defaults", "tmpcopyup", "idmap", "ridmap"]).sorted()
    }

    public init(_ options: [String], type: String? = nil) {
        for option in options {
            if let (isSet, flag) = Self.flags[option] {
                if isSet {
                    set.insert(flag)
                    clear.remove(flag)
                } else {
                    set.remove(flag)
                    clear.insert(flag)
                }
            } else if let flag = Self.spread[option] {
                propagation.append(flag)
            } else if let (isSet, flag) = Self.recursive[option] {
                if isSet {
                    recursiveSet.insert(flag)
                    recursiveClear.remove(flag)
                } else {
                    recursiveSet.remove(flag)
                    recursiveClear.insert(flag)
                }
            } else if option == "tmpcopyup" {
                copiesUp = true
            } else if option == "idmap" || option == "ridmap" {
                idmap = option == "ridmap" ? .recursive : .top
            } else if option == "bind" || option == "rbind" {
                isBind = true
                isRecursive = isRecursive || option == "rbind"
            } else if option != "defaults", !option.isEmpty {
                data.append(option)
            }
        }
        if type == "bind" { isBind = true }
    }
}
