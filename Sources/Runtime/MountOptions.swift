import Linux

/// The options of one mount of `config.json`, sorted by what the kernel does with them.
public struct MountOptions: Equatable {
    public var set: Mount.Flags = []
    public var clear: Mount.Flags = []
    public var propagation: [Mount.Flags] = []
    public var isBind = false
    public var isRecursive = false
    /// Flags for all mounts below a bind one (`rro`, mount_setattr(2)).
    public var recursiveSet: Mount.Flags = []
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
        "silent": (true, .silent), "loud": (false, .silent), "remount": (true, .remount)
    ]

    private static let spread: [String: Mount.Flags] = [
        "private": .private, "rprivate": [.private, .recursive], "slave": .slave,
        "rslave": [.slave, .recursive], "shared": .shared, "rshared": [.shared, .recursive],
        "unbindable": .unbindable, "runbindable": [.unbindable, .recursive]
    ]

    private static let recursive: [String: Mount.Flags] = [
        "rro": .readonly, "rnosuid": .nosuid, "rnodev": .nodev, "rnoexec": .noexec,
        "rnoatime": .noatime
    ]

    /// All that this runtime knows, for `features`.
    public static var names: [String] {
        (Array(flags.keys) + Array(spread.keys) + Array(recursive.keys) + ["bind", "rbind", "defaults"])
            .sorted()
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
            } else if let flag = Self.recursive[option] {
                recursiveSet.insert(flag)
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
