import CSeccomp
import Glibc
import Linux
import OCI
import Support

/// From a profile to the kernel's program.
enum SeccompCompiler {
    static func compile(_ profile: RuntimeSpec.Seccomp) throws(EscaleError) -> [UInt8] {
        let fallback = try SeccompNames.action(
            profile.defaultAction, errno: profile.defaultErrnoRet, "defaultAction", "defaultErrnoRet")
        guard let context = seccomp_init(fallback) else {
            throw EscaleError(.noMemory, "seccomp: cannot create a filter")
        }
        defer { seccomp_release(context) }
        for (i, name) in (profile.architectures ?? []).enumerated() {
            let field = "architectures[\(i)]"
            let result = seccomp_arch_add(context, try SeccompNames.architecture(name, field))
            if result != 0, result != -EEXIST {
                throw .system("seccomp: linux.seccomp.\(field)", name, errno: -result)
            }
        }
        // no_new_privs is set by its own field of the specification.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        // A binary tree instead of a list: fewer instructions a call.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        for (i, rule) in (profile.syscalls ?? []).enumerated() {
            try add(rule, "syscalls[\(i)]", to: context, fallback: fallback)
        }
        return try export(context)
    }

    private static func add(
        _ rule: RuntimeSpec.SyscallRule, _ field: String, to context: scmp_filter_ctx, fallback: UInt32
    ) throws(EscaleError) {
        if rule.names.isEmpty {
            throw EscaleError(.invalid, "linux.seccomp.\(field).names: at least one is needed")
        }
        let action = try SeccompNames.action(
            rule.action, errno: rule.errnoRet, "\(field).action", "\(field).errnoRet")
        var conditions: [scmp_arg_cmp] = []
        for (i, argument) in (rule.args ?? []).enumerated() {
            conditions.append(try condition(argument, "\(field).args[\(i)]"))
        }
        // What the default does anyway needs no rule, and libseccomp refuses one.
        if action == fallback { return }
        // libseccomp takes one condition an argument. As with runc, several of one are alternatives.
        let isUnique = Set(conditions.map(\.arg)).count == conditions.count
        for (i, name) in rule.names.enumerated() {
            let number = seccomp_syscall_resolve_name(name)
            // A call that this libseccomp does not know stays at the default.
            if number == -1 { continue }
            for group in isUnique ? [conditions] : conditions.map({ [$0] }) {
                let result = seccomp_rule_add_array(context, action, number, UInt32(group.count), group)
                if result != 0, result != -EEXIST, result != -EDOM {
                    throw .system("seccomp: linux.seccomp.\(field).names[\(i)]", name, errno: -result)
                }
            }
        }
    }

    private static func condition(_ argument: RuntimeSpec.SyscallArgument, _ field: String)
        throws(EscaleError) -> scmp_arg_cmp
    {
        guard argument.index < 6 else {
            throw SeccompNames.wrong("\(field).index", "\(argument.index)", "a call has six arguments")
        }
        let op = try SeccompNames.comparison(argument.op, "\(field).op")
        // Of MASKED_EQ the first value is the mask.
        return scmp_arg_cmp(
            arg: argument.index, op: op, datum_a: argument.value,
            datum_b: op == SCMP_CMP_MASKED_EQ ? argument.valueTwo ?? 0 : 0)
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
