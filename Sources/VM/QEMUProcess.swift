import CLinux
import Glibc
import Linux
import Support

/// QEMU as a child that dies with its supervisor.
enum QEMUProcess {
    /// Starts it with `descriptors` under their own numbers and its complaints in `log`. The caller must
    /// have one thread.
    static func start(_ program: String, _ arguments: [String], descriptors: [Int32], log: String)
        throws(EscaleError) -> (pid: pid_t, pidfd: Int32)
    {
        let null = try Sys.open("/dev/null", O_RDWR)
        let errors = try Sys.open(log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let parent = getpid()
        let child = try Sys.clone(0)
        if child.pid != 0 { return child }
        let deathSignal: Int32 = 1  // PR_SET_PDEATHSIG
        _ = cl_prctl(deathSignal, UInt(SIGKILL), 0, 0, 0)
        // The supervisor may have gone before that took effect.
        if getppid() != parent { _exit(127) }
        dup2(null.raw, 0)
        dup2(errors.raw, 1)
        dup2(errors.raw, 2)
        for fd in descriptors { _ = cl_fcntl(fd, F_SETFD, 0) }
        _ = cl_unblock_signals()
        let text = Spawn.withStrings([program] + arguments) { argv in
            Spawn.withStrings(Environment.all) { envp in
                execve(program, argv, envp)
                return "exec \(program): \(ErrnoText.text(errno))\n"
            }
        }
        Output.err(text)
        _exit(127)
    }
}
