import CLinux
import Linux
import OCI
import Support

/// Calls that an agent outside decides over (config-linux.md, "The Container Process State";
/// seccomp_unotify(2)): it gets the descriptor of the filter's notifications over a socket.
enum SeccompNotify {
    static let newListener: UInt32 = 8
    /// SECCOMP_FILTER_FLAG_TSYNC_ESRCH.
    static let threadError: UInt32 = 16

    /// The agent of a profile, nil where no call is its to decide.
    static func agent(of profile: RuntimeSpec.Seccomp) throws(EscaleError) -> SeccompFilter.Agent? {
        let notify = "SCMP_ACT_NOTIFY"
        if profile.defaultAction == notify {
            throw SeccompNames.wrong("defaultAction", notify, "an agent can't decide over every call")
        }
        var asks = false
        for (i, rule) in (profile.syscalls ?? []).enumerated() where rule.action == notify {
            asks = true
            // It would wait for the agent that it is about to reach.
            if let j = rule.names.firstIndex(of: "sendmsg") {
                throw SeccompNames.wrong(
                    "syscalls[\(i)].names[\(j)]", "sendmsg", "the agent is reached by this call itself")
            }
        }
        guard asks else { return nil }
        guard let path = profile.listenerPath, !path.isEmpty else {
            throw EscaleError(.invalid, "linux.seccomp.listenerPath: missing: \(notify) needs an agent")
        }
        return SeccompFilter.Agent(path: path, metadata: profile.listenerMetadata)
    }

    /// Connects to the agent while this process is still outside; -1 where there is none.
    static func connect(_ filter: SeccompFilter?) throws(EscaleError) -> Int32 {
        guard let agent = filter?.agent else { return -1 }
        do { return try UnixSocket.connect(agent.path).release() } catch {
            throw error.within("linux.seccomp.listenerPath")
        }
    }

    /// `ContainerProcessState` of the specification, with the descriptor.
    static func send(_ listener: borrowing FD, over socket: Int32, metadata: String?, state: State)
        throws(EscaleError)
    {
        var message = JSONObject([
            ("ociVersion", .string(RuntimeSpec.version)), ("fds", ["seccompFd"]),
            ("pid", JSON(state.pid ?? 0))
        ])
        if let metadata { message["metadata"] = .string(metadata) }
        message["state"] = try JSON.encode(state)
        let bytes = JSON.object(message).bytes()
        let sent = cl_send_fd(socket, bytes, bytes.count, listener.raw)
        if sent < 0 { throw .system("send to the agent of linux.seccomp.listenerPath", errno: Int32(-sent)) }
        try Sys.writeAll(socket, bytes[sent...])
    }
}
