import CLinux
import CSeccomp
import Glibc
import Linux
import OCI
import Support

/// A seccomp profile of `config.json` as the kernel's BPF program, by libseccomp.
public struct SeccompFilter {
    /// `struct sock_filter` after `struct sock_filter`.
    let program: [UInt8]
    let flags: UInt32
    /// How long the program is.
    public var instructions: Int { program.count / 8 }

    public static let actions = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
        "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"
    ]
    public static let operators = [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
        "SCMP_CMP_NE"
    ]

    /// - Parameter cache: a folder of our own that keeps compiled programs: libseccomp takes some 20 ms
    ///   for Docker's profile.
    public init(_ profile: RuntimeSpec.Seccomp, cache: SeccompCache?) throws(EscaleError) {
        let key = SeccompCache.key(profile)
        if let found = cache?.find(key) {
            program = found
        } else {
            program = try Self.compile(profile)
            cache?.keep(key, program)
        }
        flags = try Self.flags(profile.flags ?? [])
    }

    private static func flags(_ names: [String]) throws(EscaleError) -> UInt32 {
        var mask: UInt32 = 0
        for name in names {
            switch name {
            case "SECCOMP_FILTER_FLAG_TSYNC": mask |= 1
            case "SECCOMP_FILTER_FLAG_LOG": mask |= 2
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": mask |= 4
            default: throw EscaleError(.invalid, "seccomp: unknown flag \(name)")
            }
        }
        return mask
    }

    func load() throws(EscaleError) {
        try Sys.check(
            cl_seccomp_load(program, UInt16(program.count / 8), flags), "load seccomp filter")
    }

    private static func action(_ name: String, errno: UInt32?) throws(EscaleError) -> UInt32 {
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": 0
        case "SCMP_ACT_KILL_PROCESS": 0x8000_0000
        case "SCMP_ACT_TRAP": 0x0003_0000
        case "SCMP_ACT_ERRNO": 0x0005_0000 | (errno ?? UInt32(EPERM)) & 0xFFFF
        case "SCMP_ACT_TRACE": 0x7FF0_0000 | (errno ?? UInt32(EPERM)) & 0xFFFF
        case "SCMP_ACT_LOG": 0x7FFC_0000
        case "SCMP_ACT_ALLOW": 0x7FFF_0000
        default: throw EscaleError(.invalid, "seccomp: unsupported action \(name)")
        }
    }

    private static func comparison(_ name: String) throws(EscaleError) -> scmp_compare {
        switch name {
        case "SCMP_CMP_NE": SCMP_CMP_NE
        case "SCMP_CMP_LT": SCMP_CMP_LT
        case "SCMP_CMP_LE": SCMP_CMP_LE
        case "SCMP_CMP_EQ": SCMP_CMP_EQ
        case "SCMP_CMP_GE": SCMP_CMP_GE
        case "SCMP_CMP_GT": SCMP_CMP_GT
        case "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ
        default: throw EscaleError(.invalid, "seccomp: unknown comparison \(name)")
        }
    }

    private static func compile(_ profile: RuntimeSpec.Seccomp) throws(EscaleError) -> [UInt8] {
        let fallback = try action(profile.defaultAction, errno: profile.defaultErrnoRet)
        guard let context = seccomp_init(fallback) else {
            throw EscaleError(.noMemory, "seccomp: cannot create a filter")
        }
        defer { seccomp_release(context) }
        for name in profile.architectures ?? [] {
            let short = name.hasPrefix("SCMP_ARCH_") ? String(name.dropFirst(10)).lowercased() : name
            let token = seccomp_arch_resolve_name(short)
            guard token != 0 else { throw EscaleError(.invalid, "seccomp: unknown architecture \(name)") }
            let result = seccomp_arch_add(context, token)
            if result != 0, result != -EEXIST { throw .system("seccomp architecture", name, errno: -result) }
        }
        // no_new_privs is set by its own field of the specification.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        // A binary tree instead of a list: fewer instructions a call.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        for rule in profile.syscalls ?? [] {
            try add(rule, to: context, fallback: fallback)
        }
        return try export(context)
    }

    private static func add(
        _ rule: RuntimeSpec.SyscallRule, to context: scmp_filter_ctx, fallback: UInt32
    ) throws(EscaleError) {
        let action = try action(rule.action, errno: rule.errnoRet)
        // What the default does anyway needs no rule, and libseccomp refuses one.
        if action == fallback { return }
        var arguments: [scmp_arg_cmp] = []
        for argument in rule.args ?? [] {
            let op = try comparison(argument.op)
            arguments.append(
                op == SCMP_CMP_MASKED_EQ
                    ? scmp_arg_cmp(
                        arg: argument.index, op: op, datum_a: argument.value,
                        datum_b: argument.valueTwo ?? 0)
                    : scmp_arg_cmp(arg: argument.index, op: op, datum_a: argument.value, datum_b: 0))
        }
        for name in rule.names {
            let number = seccomp_syscall_resolve_name(name)
            // A call that this libseccomp does not know stays at the default.
            if number == -1 { continue }
            let result = seccomp_rule_add_array(
                context, action, number, UInt32(arguments.count), arguments)
            if result != 0, result != -EEXIST, result != -EDOM {
                throw .system("seccomp rule", name, errno: -result)
            }
        }
    }

    private static func export(_ context: scmp_filter_ctx) throws(EscaleError) -> [UInt8] {
        // At most 4096 instructions of 8 bytes: they fit in a pipe.
        let pipe = try Sys.pipe()
        let read = FD(owning: pipe.read)
        let write = FD(owning: pipe.write)
        let result = seccomp_export_bpf(context, write.raw)
        if result != 0 { throw .system("seccomp export", errno: -result) }
        _ = consume write
        return try Files.readAll(read.raw)
    }
}
