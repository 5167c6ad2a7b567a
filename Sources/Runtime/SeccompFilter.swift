import CLinux
import Linux
import OCI
import Support

/// A seccomp profile of `config.json` as the kernel's BPF program, by libseccomp (config-linux.md,
/// "Seccomp"; seccomp(2)).
public struct SeccompFilter {
    /// `struct sock_filter` after `struct sock_filter`.
    let program: [UInt8]
    let flags: UInt32
    /// The agent that is asked about some calls, nil where none is.
    let agent: Agent?
    /// How long the program is.
    public var instructions: Int { program.count / 8 }

    /// Who decides over calls with SCMP_ACT_NOTIFY (seccomp_unotify(2)).
    struct Agent {
        var path: String
        var metadata: String?
    }

    /// - Parameter cache: a folder of our own that keeps compiled programs: libseccomp takes some 20 ms
    ///   for Docker's profile.
    public init(_ profile: RuntimeSpec.Seccomp, cache: SeccompCache?) throws(EscaleError) {
        var flags = try SeccompNames.flags(profile.flags ?? [])
        agent = try SeccompNotify.agent(of: profile)
        // The kernel can't give a listener and tell of a thread that stays behind by the same number.
        if agent != nil {
            flags |= SeccompNotify.newListener | (flags & 1 == 0 ? 0 : SeccompNotify.threadError)
        }
        self.flags = flags
        let key = SeccompCache.key(profile)
        if let found = cache?.find(key) {
            program = found
        } else {
            program = try SeccompCompiler.compile(profile)
            cache?.keep(key, program)
        }
    }

    /// From here on the calling process is filtered.
    /// - Returns: the descriptor of its notifications, nil without an agent.
    func load() throws(EscaleError) -> FD? {
        let result = try Sys.check(
            cl_seccomp_load(program, UInt16(program.count / 8), flags), "load seccomp filter")
        return agent == nil ? nil : FD(owning: result)
    }
}
