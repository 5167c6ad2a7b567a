import CLinux
import Glibc
import Linux
import OCI
import Support

/// Who the user's program is: user, groups and capabilities, from the most to the least privilege.
struct Identity {
    let user: RuntimeSpec.User
    let bounding, effective, permitted, inheritable, ambient: CapabilitySet
    /// Names that nobody here knows.
    private var unknown: [String] = []

    init(_ process: RuntimeSpec.Process) {
        user = process.user
        let asked = process.capabilities
        let last = UInt64(Capabilities.last())
        let known = CapabilitySet(rawValue: last >= 63 ? .max : (1 << (last + 1)) - 1)
        var unknown: [String] = []
        // A name that this kernel or we don't know is left out: it can't be had anyway.
        func set(_ names: [String]?) -> CapabilitySet {
            (names ?? []).reduce(into: CapabilitySet()) { set, name in
                if let one = CapabilitySet(named: name), known.isSuperset(of: one) {
                    set.formUnion(one)
                } else {
                    unknown.append(name)
                }
            }
        }
        bounding = set(asked?.bounding)
        effective = set(asked?.effective)
        permitted = set(asked?.permitted)
        inheritable = set(asked?.inheritable)
        ambient = set(asked?.ambient)
        self.unknown = unknown
    }

    /// What is asked for and can't be had, which is no error (config.md, "Linux Process"); empty where all
    /// is well.
    func warning() -> String {
        guard let held = try? Capabilities.current().permitted else { return "" }
        let missing = bounding.union(permitted).union(inheritable).subtracting(held)
        if missing.isEmpty, unknown.isEmpty { return "" }
        let names = Set(unknown).sorted() + missing.names
        return "process.capabilities: \(names.joined(separator: ", ")): can't be granted here, left out"
    }

    func assume(steps: Steps, mayDropGroups: Bool) throws(EscaleError) {
        // Only what the caller holds can be kept: a runtime with fewer capabilities gives fewer.
        let held = try Capabilities.current().permitted
        try steps.run("capabilities.bounding", "prctl", "PR_CAPBSET_DROP all but \(bounding.names.count)") {
            () throws(EscaleError) in
            try Capabilities.limitBounding(to: bounding)
        }
        try steps.run("user", "setresuid", "uid \(user.uid), gid \(user.gid)") {
            () throws(EscaleError) in
            Prctl.call(Prctl.setKeepCaps, 1)
            let groups = user.additionalGids ?? []
            let result = cl_setgroups(groups.count, groups)
            // A user namespace mapped without privilege can't change groups (user_namespaces(7)): fine
            // where none is asked for.
            if result < 0, mayDropGroups || !groups.isEmpty {
                throw .system("setgroups", "process.user.additionalGids", errno: -result)
            }
            try Sys.check(cl_setresgid(user.gid, user.gid, user.gid), "setgid", "\(user.gid)")
            try Sys.check(cl_setresuid(user.uid, user.uid, user.uid), "setuid", "\(user.uid)")
            Prctl.call(Prctl.setKeepCaps, 0)
        }
        try steps.run("capabilities.drop", "capset", effective.names.joined(separator: " ")) {
            () throws(EscaleError) in
            let permitted = permitted.intersection(held)
            try Capabilities.set(
                effective: effective.intersection(permitted), permitted: permitted,
                inheritable: inheritable.intersection(held))
            try Capabilities.setAmbient(ambient.intersection(permitted).intersection(inheritable))
        }
    }
}
