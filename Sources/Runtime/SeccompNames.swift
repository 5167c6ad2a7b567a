import CSeccomp
import Glibc
import OCI
import Support

/// The words of a seccomp profile and what the kernel and libseccomp call them. `field` in errors is where
/// the word stands in `config.json`.
public enum SeccompNames {
    public static let actions = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
        "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"
    ]
    public static let operators = [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
        "SCMP_CMP_NE"
    ]
    public static let flags = [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
    ]

    static func flags(_ names: [String]) throws(EscaleError) -> UInt32 {
        var mask: UInt32 = 0
        for (i, name) in names.enumerated() {
            switch name {
            case "SECCOMP_FILTER_FLAG_TSYNC": mask |= 1
            case "SECCOMP_FILTER_FLAG_LOG": mask |= 2
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": mask |= 4
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": mask |= 32
            default: throw wrong("flags[\(i)]", name, "unknown flag")
            }
        }
        return mask
    }

    /// SECCOMP_RET_* with its data.
    static func action(_ name: String, errno: UInt32?, _ field: String, _ errnoField: String)
        throws(EscaleError) -> UInt32
    {
        let base: UInt32
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": base = 0
        case "SCMP_ACT_KILL_PROCESS": base = 0x8000_0000
        case "SCMP_ACT_TRAP": base = 0x0003_0000
        case "SCMP_ACT_ERRNO": base = 0x0005_0000
        case "SCMP_ACT_NOTIFY": base = 0x7FC0_0000
        case "SCMP_ACT_TRACE": base = 0x7FF0_0000
        case "SCMP_ACT_LOG": base = 0x7FFC_0000
        case "SCMP_ACT_ALLOW": base = 0x7FFF_0000
        default: throw wrong(field, name, "unknown action")
        }
        guard name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE" else {
            if let errno { throw wrong(errnoField, "\(errno)", "\(name) gives no error number") }
            return base
        }
        let number = errno ?? UInt32(EPERM)
        // MAX_ERRNO of the kernel; what a tracer is told has 16 bits.
        guard number <= (name == "SCMP_ACT_ERRNO" ? 4095 : 0xFFFF) else {
            throw wrong(errnoField, "\(number)", "not an error number")
        }
        return base | number
    }

    static func comparison(_ name: String, _ field: String) throws(EscaleError) -> scmp_compare {
        switch name {
        case "SCMP_CMP_NE": SCMP_CMP_NE
        case "SCMP_CMP_LT": SCMP_CMP_LT
        case "SCMP_CMP_LE": SCMP_CMP_LE
        case "SCMP_CMP_EQ": SCMP_CMP_EQ
        case "SCMP_CMP_GE": SCMP_CMP_GE
        case "SCMP_CMP_GT": SCMP_CMP_GT
        case "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ
        default: throw wrong(field, name, "unknown comparison")
        }
    }

    /// libseccomp's number of `SCMP_ARCH_X86_64` and its like.
    static func architecture(_ name: String, _ field: String) throws(EscaleError) -> UInt32 {
        let short = name.hasPrefix("SCMP_ARCH_") ? String(name.dropFirst(10)).lowercased() : name
        let token = seccomp_arch_resolve_name(short)
        guard token != 0 else { throw wrong(field, name, "unknown architecture") }
        return token
    }

    static func wrong(_ field: String, _ value: String, _ why: String) -> EscaleError {
        EscaleError(.invalid, "linux.seccomp.\(field): \"\(value)\": \(why)")
    }
}
