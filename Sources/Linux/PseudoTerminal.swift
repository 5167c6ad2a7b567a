import CLinux
import Glibc
import Support

/// A program on a pseudo-terminal of its own, as its session's leader: what a person at a keyboard has.
public final class PseudoTerminal {
    public let pid: pid_t
    private let master: FD
    private var ended: Int32?

    /// - Parameters:
    ///   - path: the program, absolute.
    ///   - environment: the whole of it.
    public init(
        _ path: String, _ arguments: [String], environment: [String], directory: String, width: Int = 100,
        height: Int = 40
    ) throws(EscaleError) {
        let (raw, number) = try Pty.open()
        let master = FD(owning: raw)
        Sys.closeOnExec(master.raw)
        try Pty.resize(master.raw, width: width, height: height)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // The first terminal that a session leader opens becomes the session's (tty(4)).
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/pts/\(number)", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        _ = cl_spawn_chdir(&actions, directory)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let setSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
        posix_spawnattr_setflags(
            &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | setSession))
        var pid: pid_t = 0
        let code = Spawn.withStrings([path] + arguments) { argv in
            Spawn.withStrings(environment) { envp in
                posix_spawn(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw .system("exec", path, errno: code) }
        self.pid = pid
        self.master = master
    }

    deinit { if ended == nil { end() } }

    /// Types bytes, as they are.
    public func type(_ text: String) throws(EscaleError) { try Sys.writeAll(master.raw, text.utf8) }

    /// What the program wrote since, at most `milliseconds` waited for; empty when nothing came.
    /// - Returns: nil once the program has gone and everything was read.
    public func read(milliseconds: Int32) throws(EscaleError) -> [UInt8]? {
        var polls = [pollfd(fd: master.raw, events: Int16(POLLIN), revents: 0)]
        guard try Sys.call("poll", "", { poll(&polls, 1, milliseconds) }) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 16384)
        let n = Glibc.read(master.raw, &buffer, buffer.count)
        // EIO: the other end was closed by all (pty(7)).
        if n < 0, errno == EINTR || errno == EAGAIN { return [] }
        return n > 0 ? Array(buffer[..<n]) : nil
    }

    /// Hangs up, as closing a window does, waits at most two seconds, then kills the session.
    public func end() {
        guard ended == nil else { return }
        kill(pid, SIGHUP)
        if let handle = try? ProcessHandle(pid), (try? handle.waitForEnd(milliseconds: 2000)) != true {
            kill(-pid, SIGKILL)
        }
        ended = try? Spawn.wait(pid)
    }
}
