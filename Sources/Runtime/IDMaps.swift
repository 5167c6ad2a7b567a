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
        if geteuid() != 0, !isOwn(users, geteuid()) || !isOwn(groups, getegid()) {
            try run("newuidmap", pid, users)
            try run("newgidmap", pid, groups)
            return
        }
        // Groups that an ordinary user leaves could be ones that keep it out of something.
        if geteuid() != 0 { try Files.poke("/proc/\(pid)/setgroups", "deny") }
        try Files.poke("/proc/\(pid)/uid_map", text(users))
        try Files.poke("/proc/\(pid)/gid_map", text(groups))
    }

    /// Whether only the caller's own id is mapped, which the kernel lets anybody do.
    private static func isOwn(_ mappings: [RuntimeSpec.IDMapping], _ id: UInt32) -> Bool {
        mappings.count == 1 && mappings[0].hostID == id && mappings[0].size == 1
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
