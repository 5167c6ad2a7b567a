import CLinux
import Glibc
import Linux
import OCI
import Support

/// Bind mounts whose files show other owners than they have (config.md, "Mounts": `idmap`, `ridmap`,
/// `uidMappings`). Only who owns the file system may make one, so it is done before the container's
/// process is born, which then only puts them in place.
final class IDMappedMounts {
    private var made: [Int: Int32] = [:]

    deinit { for fd in made.values { close(fd) } }

    /// The copy for the mount at that index of `mounts`, once.
    func take(_ index: Int) -> Int32? { made.removeValue(forKey: index) }

    /// - Parameter joined: the user namespace that the container joins, -1 for none.
    init(_ spec: RuntimeSpec, bundle: String, joined: Int32, steps: Steps) throws(EscaleError) {
        for (i, mount) in (spec.mounts ?? []).enumerated() {
            let field = "mounts[\(i)]"
            let hasMaps = mount.uidMappings?.isEmpty == false || mount.gidMappings?.isEmpty == false
            guard hasMaps || (mount.options ?? []).contains(where: { $0 == "idmap" || $0 == "ridmap" })
            else { continue }
            let options = MountOptions(mount.options ?? [], type: mount.type)
            guard options.isBind, let source = mount.source else {
                throw EscaleError(.invalid, "\(field): only bind mounts can be id-mapped")
            }
            let path = source.hasPrefix("/") ? source : Path.join(bundle, source)
            try steps.run("mount.idmap", "mount_setattr", path) { () throws(EscaleError) in
                let users = hasMaps ? mount.uidMappings : spec.linux?.uidMappings
                let groups = hasMaps ? mount.gidMappings : spec.linux?.gidMappings
                let namespace: FD
                if !hasMaps, joined >= 0 {
                    namespace = try Sys.open("/proc/self/fd/\(joined)", O_RDONLY)
                } else {
                    namespace = try Self.namespace(users ?? [], groups ?? [], field)
                }
                let copy = try DetachedMount(
                    of: try Sys.open(path, Sys.pathOnly), recursive: options.isRecursive, shown: path)
                try copy.mapOwners(as: namespace, recursive: options.idmap == .recursive, shown: path)
                made[i] = copy.release()
            }
        }
    }

    /// A user namespace with these maps; the process that it takes to make one is gone again.
    private static func namespace(
        _ users: [RuntimeSpec.IDMapping], _ groups: [RuntimeSpec.IDMapping], _ field: String
    ) throws(EscaleError) -> FD {
        guard !users.isEmpty, !groups.isEmpty else {
            throw EscaleError(
                .invalid,
                "\(field).\(users.isEmpty ? "uid" : "gid")Mappings: missing, and the container has none either"
            )
        }
        let holder = try Sys.clone(Namespace.user.cloneFlag)
        if holder.pid == 0 {
            Prctl.call(Prctl.setParentDeathSignal, UInt(SIGKILL))
            while true { pause() }
        }
        defer {
            kill(holder.pid, SIGKILL)
            waitpid(holder.pid, nil, 0)
            close(holder.pidfd)
        }
        try IDMaps.write(holder.pid, users, groups)
        return try Sys.open(Namespace.user.path(of: holder.pid), O_RDONLY)
    }
}
