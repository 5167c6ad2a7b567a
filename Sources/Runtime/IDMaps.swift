import Glibc
import Linux
import OCI
import Support

/// The id maps of a new user namespace (user_namespaces(7)).
package enum IDMaps {
    package static func text(_ mappings: [RuntimeSpec.IDMapping]) -> String {
        mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }

    /// Written by ourselves where the kernel lets us, else by newuidmap(1) and newgidmap(1).
    static func write(
        _ pid: pid_t, _ users: [RuntimeSpec.IDMapping], _ groups: [RuntimeSpec.IDMapping]
    ) throws(EscaleError) {
        if users.isEmpty, groups.isEmpty { return }
        do {
            if geteuid() != 0 { try Files.poke("/proc/\(pid)/setgroups", "deny") }
            try Files.poke("/proc/\(pid)/uid_map", text(users))
            try Files.poke("/proc/\(pid)/gid_map", text(groups))
        } catch {
            guard geteuid() != 0, error.code == .denied else { throw error }
            try run("newuidmap", pid, users)
            try run("newgidmap", pid, groups)
        }
    }

    static func run(_ program: String, _ pid: pid_t, _ mappings: [RuntimeSpec.IDMapping])
        throws(EscaleError)
    {
        let arguments = mappings.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
        let result = try Spawn.run(program, ["\(pid)"] + arguments)
        guard result.status == 0 else {
            throw EscaleError(
                .denied, "\(program): \(result.errorText)",
                repair: "add ranges for this user to /etc/subuid and /etc/subgid, and install uidmap")
        }
    }
}
