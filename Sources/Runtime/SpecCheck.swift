import Linux
import OCI
import Support

/// What a bundle must have before anything is done with it: what can be seen from `config.json` alone is
/// refused by name of its field, with its value and why.
package enum SpecCheck {
    package static func check(_ spec: RuntimeSpec) throws(EscaleError) {
        try checkVersion(spec.ociVersion)
        guard let linux = spec.linux else { throw EscaleError(.invalid, "linux: missing") }
        guard let root = spec.root, !root.path.isEmpty else {
            throw EscaleError(.invalid, "root.path: missing")
        }
        // Without one a container can be made, and not started (runtime.md, "Start").
        if let process = spec.process { try check(process) }
        for (i, mount) in (spec.mounts ?? []).enumerated() { try check(mount, i) }
        try check(linux)
        try checkNames(spec)
        if let hooks = spec.hooks { try check(hooks) }
        for key in (spec.annotations ?? [:]).keys where key.isEmpty {
            throw wrong("annotations", "", "a key must not be empty")
        }
        try SecurityLabels.check(spec)
    }

    package static func check(_ process: RuntimeSpec.Process) throws(EscaleError) {
        guard process.cwd.hasPrefix("/") else {
            throw wrong("process.cwd", process.cwd, "Cwd must be an absolute path")
        }
        guard let arguments = process.args, !arguments.isEmpty else {
            throw EscaleError(.invalid, "process.args: args must not be empty")
        }
        for (i, text) in arguments.enumerated() { try checkText("process.args[\(i)]", text) }
        for (i, text) in (process.env ?? []).enumerated() { try checkText("process.env[\(i)]", text) }
        var seen = Set<String>()
        for (i, limit) in (process.rlimits ?? []).enumerated() {
            let field = "process.rlimits[\(i)]"
            guard Rlimit.resource(limit.type) != nil else {
                throw wrong("\(field).type", limit.type, "unknown rlimit type")
            }
            guard seen.insert(limit.type).inserted else {
                throw wrong("\(field).type", limit.type, "is there twice")
            }
            guard limit.soft <= limit.hard else {
                throw wrong("\(field).soft", "\(limit.soft)", "is more than the hard limit, \(limit.hard)")
            }
        }
        if let score = process.oomScoreAdj, !(-1000...1000).contains(score) {
            throw wrong("process.oomScoreAdj", "\(score)", "must be between -1000 and 1000")
        }
        if let mask = process.user.umask, mask > 0o777 {
            throw wrong("process.user.umask", "\(mask)", "must be between 0 and 511 (octal 777)")
        }
        try Scheduling.check(process)
        try SecurityLabels.check(process)
    }

    /// `1.0.2-dev` and its like (semver.org), of the first major version.
    private static func checkVersion(_ version: String) throws(EscaleError) {
        let core = version.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        let isWhole = parts.count == 3 && parts.allSatisfy { UInt32($0) != nil }
        guard isWhole, parts.first == "1" else {
            throw wrong("ociVersion", version, "only 1.x.y is supported")
        }
    }

    private static func check(_ mount: RuntimeSpec.Mount, _ index: Int) throws(EscaleError) {
        guard mount.destination.hasPrefix("/") else {
            throw wrong(
                "mounts[\(index)].destination", mount.destination, "mount destination not absolute")
        }
        let isBind = MountOptions(mount.options ?? [], type: mount.type).isBind
        if isBind, (mount.source ?? "").isEmpty {
            throw EscaleError(
                .invalid, "mounts[\(index)].source: missing: a bind mount of \(mount.destination) needs one")
        }
        // Whether a bind mount's source is a proc file system shows when it is opened.
        if isBind, Path.clean(mount.destination) == "/proc" { return }
        do { try ProcMounts.check(mount.destination, isProc: mount.type == "proc" && !isBind) } catch {
            throw error.within("mounts[\(index)].destination")
        }
    }

    private static func checkNames(_ spec: RuntimeSpec) throws(EscaleError) {
        let hasNames = (spec.linux?.namespaces ?? []).contains { $0.type == .uts }
        if let host = spec.hostname, !host.isEmpty, !hasNames {
            throw wrong("hostname", host, "unable to set hostname without a private UTS namespace")
        }
        if let domain = spec.domainname, !domain.isEmpty, !hasNames {
            throw wrong("domainname", domain, "unable to set domainname without a private UTS namespace")
        }
        for (field, name) in [("hostname", spec.hostname), ("domainname", spec.domainname)]
        where (name ?? "").utf8.count > 64 {
            throw wrong(field, name ?? "", "is longer than 64 bytes")
        }
    }

    private static func check(_ hooks: RuntimeSpec.Hooks) throws(EscaleError) {
        let points = [
            ("prestart", hooks.prestart), ("createRuntime", hooks.createRuntime),
            ("createContainer", hooks.createContainer), ("startContainer", hooks.startContainer),
            ("poststart", hooks.poststart), ("poststop", hooks.poststop)
        ]
        for (point, hooks) in points {
            for (i, hook) in (hooks ?? []).enumerated() {
                guard hook.path.hasPrefix("/") else {
                    throw wrong("hooks.\(point)[\(i)].path", hook.path, "must be an absolute path")
                }
                if let timeout = hook.timeout, timeout <= 0 {
                    throw wrong("hooks.\(point)[\(i)].timeout", "\(timeout)", "must be greater than zero")
                }
            }
        }
    }

    /// C ends a text at its first zero byte, and what follows would be lost.
    private static func checkText(_ field: String, _ text: String) throws(EscaleError) {
        if text.utf8.contains(0) { throw wrong(field, text, "has a zero byte in it") }
    }

    static func wrong(_ field: String, _ value: String, _ why: String) -> EscaleError {
        EscaleError(.invalid, "\(field): \"\(value)\": \(why)")
    }
}
