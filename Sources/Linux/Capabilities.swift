import CLinux
import Support

/// A set of capabilities (capabilities(7)), a bit each.
public struct CapabilitySet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// By number, from CAP_CHOWN = 0.
    public static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
        "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"
    ]

    /// The capability of a name, with or without `CAP_`; nil for an unknown one.
    public init?(named name: String) {
        let upper = name.uppercased()
        let short = upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
        guard let number = Self.names.firstIndex(of: short) else { return nil }
        rawValue = 1 << UInt64(number)
    }

    /// `CAP_…` of each capability in it, by number.
    public var names: [String] {
        Self.names.enumerated().compactMap { i, name in
            rawValue >> UInt64(i) & 1 == 1 ? "CAP_\(name)" : nil
        }
    }
}

/// Capabilities of the calling process.
public enum Capabilities {
    /// The last capability that this kernel knows.
    public static func last() -> Int {
        guard let text = try? Files.text("/proc/sys/kernel/cap_last_cap"),
            let n = Int(text.split(separator: "\n").first ?? "")
        else { return CapabilitySet.names.count - 1 }
        return n
    }

    public static func current() throws(EscaleError) -> (
        effective: CapabilitySet, permitted: CapabilitySet, inheritable: CapabilitySet
    ) {
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        var inheritable: UInt64 = 0
        try Sys.check(cl_capget(&effective, &permitted, &inheritable), "capget")
        return (.init(rawValue: effective), .init(rawValue: permitted), .init(rawValue: inheritable))
    }

    public static func set(
        effective: CapabilitySet, permitted: CapabilitySet, inheritable: CapabilitySet
    ) throws(EscaleError) {
        try Sys.check(
            cl_capset(effective.rawValue, permitted.rawValue, inheritable.rawValue), "capset")
    }

    /// Drops from the bounding set all that is not in `kept`.
    public static func limitBounding(to kept: CapabilitySet) throws(EscaleError) {
        for n in 0..<64 where kept.rawValue >> UInt64(n) & 1 == 0 {
            // EINVAL: past the last capability of this kernel.
            let result = Prctl.call(Prctl.capbsetDrop, UInt(n))
            if result == -22 { break }
            try Sys.check(result, "drop capability", "\(n)")
        }
    }

    /// The ambient set, exactly.
    public static func setAmbient(_ set: CapabilitySet) throws(EscaleError) {
        try Sys.check(Prctl.call(Prctl.capAmbient, 4), "clear ambient capabilities")
        for n in 0..<64 where set.rawValue >> UInt64(n) & 1 == 1 {
            try Sys.check(Prctl.call(Prctl.capAmbient, 2, UInt(n)), "raise ambient capability", "\(n)")
        }
    }
}

/// prctl(2).
public enum Prctl {
    public static let setParentDeathSignal: Int32 = 1
    public static let setDumpable: Int32 = 4
    public static let setKeepCaps: Int32 = 8
    public static let setName: Int32 = 15
    public static let capbsetDrop: Int32 = 24
    public static let setChildSubreaper: Int32 = 36
    public static let setNoNewPrivileges: Int32 = 38
    public static let capAmbient: Int32 = 47

    @discardableResult
    public static func call(_ option: Int32, _ a: UInt = 0, _ b: UInt = 0) -> Int32 {
        cl_prctl(option, a, b, 0, 0)
    }
}
