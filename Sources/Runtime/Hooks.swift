import Glibc
import Linux
import OCI
import Support

/// Programs that the bundle wants run at points of its life (OCI config.md, "POSIX-platform Hooks").
struct HookRunner {
    let steps: Steps

    /// The container is gone whatever they do: one that fails is told of, and the next runs all the same.
    func runPoststop(_ hooks: RuntimeSpec.Hooks?, _ state: @autoclosure () -> State) {
        guard let hooks = hooks?.poststop, !hooks.isEmpty else { return }
        let state = state()
        for hook in hooks {
            do throws(EscaleError) { try run([hook], "poststop", state: state) } catch {
                Output.err("escale-runtime: warning: \(error.message)\n")
            }
        }
    }

    /// Runs them in order, the state on their stdin. The first that fails ends it.
    func run(_ hooks: [RuntimeSpec.Hook]?, _ point: String, state: State) throws(EscaleError) {
        guard let hooks, !hooks.isEmpty else { return }
        let input = try JSON.encode(state).bytes()
        for hook in hooks {
            try steps.run("hook.\(point)", "execve", hook.path) { () throws(EscaleError) in
                try run(hook, point, input)
            }
        }
    }

    private func run(_ hook: RuntimeSpec.Hook, _ point: String, _ input: [UInt8]) throws(EscaleError) {
        let pipe = try Sys.pipe()
        let read = FD(owning: pipe.read)
        var write: FD? = FD(owning: pipe.write)
        let pid = try Spawn.start(
            hook.path, Array((hook.args ?? []).dropFirst()), name: hook.args?.first,
            environment: hook.env ?? [], descriptors: [0: read.raw], newSession: hook.timeout != nil)
        _ = consume read
        // A state fits in a pipe; a hook that does not read it is no error.
        signal(SIGPIPE, SIG_IGN)
        if let open = write.take() { try? Sys.writeAll(open.raw, input) }
        if let timeout = hook.timeout, timeout > 0 {
            let handle = try ProcessHandle(pid)
            if try !handle.waitForEnd(
                milliseconds: Int32(
                    clamping: timeout.multipliedReportingOverflow(by: 1000).overflow ? .max : timeout * 1000))
            {
                // With all that it started, which its session holds.
                kill(-pid, SIGKILL)
                _ = try Spawn.wait(pid)
                throw EscaleError(.timeout, "\(point) hook \(hook.path): no end within \(timeout) s")
            }
        }
        let status = try Spawn.wait(pid)
        if status != 0 {
            throw EscaleError(.internal, "\(point) hook \(hook.path): exit status \(status)")
        }
    }
}
