import Linux
import OCI
import Support

/// What a bundle must have before anything is done with it.
package enum SpecCheck {
    package static func check(_ spec: RuntimeSpec) throws(EscaleError) {
        guard spec.ociVersion.hasPrefix("1.") else {
            throw EscaleError(.invalid, "ociVersion \"\(spec.ociVersion)\": only 1.x is supported")
        }
        guard spec.linux != nil else { throw EscaleError(.invalid, "linux: missing") }
        guard let root = spec.root, !root.path.isEmpty else {
            throw EscaleError(.invalid, "root.path: missing")
        }
        guard let process = spec.process else { throw EscaleError(.invalid, "process: missing") }
        try check(process)
        for mount in spec.mounts ?? [] {
            guard mount.destination.hasPrefix("/") else {
                throw EscaleError(
                    .invalid, "mounts: \"\(mount.destination)\": mount destination not absolute")
            }
            let isBind = MountOptions(mount.options ?? [], type: mount.type).isBind
            // Whether a bind mount's source is a proc file system shows when it is opened.
            if isBind, Path.clean(mount.destination) == "/proc" { continue }
            try ProcMounts.check(mount.destination, isProc: mount.type == "proc" && !isBind)
        }
        if let path = spec.linux?.cgroupsPath, Path.clean(path.hasPrefix("/") ? path : "/" + path) == "/" {
            throw EscaleError(.invalid, "linux.cgroupsPath: \"\(path)\" is the cgroup of the whole host")
        }
        let kinds = (spec.linux?.namespaces ?? []).map(\.type)
        if let host = spec.hostname, !host.isEmpty, !kinds.contains(.uts) {
            throw EscaleError(.invalid, "unable to set hostname without a private UTS namespace")
        }
    }

    package static func check(_ process: RuntimeSpec.Process) throws(EscaleError) {
        guard process.cwd.hasPrefix("/") else {
            throw EscaleError(.invalid, "Cwd must be an absolute path")
        }
        guard process.args?.isEmpty == false else { throw EscaleError(.invalid, "args must not be empty") }
    }
}
