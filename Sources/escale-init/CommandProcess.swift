import CLinux
import Glibc
import Linux
import Support

/// The image's command, running. Its descriptors stay open as long as this program runs.
struct CommandProcess {
    let pid: pid_t
    /// Where its input is written and its output read; one and the same for a terminal. Non-blocking.
    let input: Int32
    let output: Int32
    /// -1 with a terminal.
    let errors: Int32
    let isTerminal: Bool

    /// Starts it as the configured user, in its own session. Throws what docker would say.
    init(_ config: GuestConfig) throws(EscaleError) {
        guard let program = config.arguments.first, !program.isEmpty else {
            throw EscaleError(.invalid, "no command specified")
        }
        let account = try Account(
            config.user, passwd: (try? Files.text("/etc/passwd")) ?? "",
            group: (try? Files.text("/etc/group")) ?? "")
        var environment = config.environment
        if !environment.contains(where: { $0.hasPrefix("HOME=") }) {
            environment.append("HOME=\(account.home)")
        }
        let directory = config.workingDirectory.isEmpty ? "/" : config.workingDirectory
        try? Files.makeDirectory(directory)

        let report = try Sys.pipe()
        let reportRead = FD(owning: report.read)
        let reportWrite = FD(owning: report.write)
        let ends: [Int32]
        isTerminal = config.terminal
        if config.terminal {
            let master = try Pty.open("/dev/pts/ptmx").master
            if config.width > 0 {
                try Pty.resize(master, width: config.width, height: config.height)
            }
            let terminal = try Pty.peer(master).release()
            fchown(terminal, account.uid, account.gid)
            ends = [terminal]
            (input, output, errors) = (master, master, -1)
        } else {
            let stdin = try Sys.pipe()
            let stdout = try Sys.pipe()
            let stderr = try Sys.pipe()
            (input, output, errors) = (stdin.write, stdout.read, stderr.read)
            ends = [stdin.read, stdout.write, stderr.write]
            // The user may open /dev/stdout anew, as in a container.
            for end in ends { fchown(end, account.uid, account.gid) }
        }
        for fd in [input, output, errors] where fd >= 0 { _ = cl_fcntl(fd, F_SETFL, Int(O_NONBLOCK)) }
        pid = try Self.start(config.arguments, environment, account, directory, ends, report: reportWrite.raw)
        for end in ends { close(end) }
        _ = consume reportWrite
        let failure = try Files.readAll(reportRead.raw)
        if failure.count >= 4 {
            let code = failure[..<4].reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
            let what = String(decoding: failure[4...], as: UTF8.self)
            throw CommandFailure.error(program: program, at: what, errno: code)
        }
    }

    /// Starts the child; it writes its errno and where it failed to `report`, which closes at exec.
    private static func start(
        _ arguments: [String], _ environment: [String], _ account: Account, _ directory: String,
        _ ends: [Int32], report: Int32
    ) throws(EscaleError) -> pid_t {
        let (pid, pidfd) = try Sys.clone(0)
        if pid != 0 {
            close(pidfd)
            return pid
        }
        func fail(_ what: String, _ code: Int32) -> Never {
            try? Sys.writeAll(report, GuestFrame.number(code) + what.utf8)
            _exit(127)
        }
        setsid()
        for number in 0..<3 { dup2(ends.count == 1 ? ends[0] : ends[number], Int32(number)) }
        if ends.count == 1 { _ = cl_set_controlling_terminal(0) }
        _ = cl_unblock_signals()
        var code = cl_setgroups(account.groups.count, account.groups)
        if code >= 0 { code = cl_setresgid(account.gid, account.gid, account.gid) }
        if code >= 0 { code = cl_setresuid(account.uid, account.uid, account.uid) }
        if code < 0 { fail("user", -code) }
        if chdir(directory) != 0 { fail("directory", errno) }
        let search =
            environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? ""
        var refusal: Int32 = ENOENT
        for path in candidates(arguments.first ?? "", search: search) {
            let error = Spawn.withStrings(arguments) { argv in
                Spawn.withStrings(environment) { envp in
                    execve(path, argv, envp)
                    return errno
                }
            }
            if error != ENOENT, error != ENOTDIR { refusal = error }
            if error != ENOENT, error != ENOTDIR, error != EACCES { break }
        }
        fail("exec", refusal)
    }

    /// Where a program may be: itself with a slash in it, else each folder of PATH.
    private static func candidates(_ program: String, search: String) -> [String] {
        if program.contains("/") { return [program] }
        return search.split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? program : "\($0)/\(program)" }
    }
}

/// Failures to start, in docker's words.
enum CommandFailure {
    static func error(program: String, at step: String, errno: Int32) -> EscaleError {
        switch step {
        case "exec" where errno == ENOENT && !program.contains("/"):
            EscaleError(
                .notFound, "exec: \"\(program)\": executable file not found in $PATH", errno: errno)
        case "exec" where errno == ENOENT || errno == ENOTDIR:
            EscaleError(
                .notFound, "exec: \"\(program)\": stat \(program): \(ErrnoText.text(errno))", errno: errno)
        case "exec":
            EscaleError(.denied, "exec: \"\(program)\": \(ErrnoText.text(errno))", errno: errno)
        case "directory": EscaleError.system("chdir to cwd", errno: errno)
        default: EscaleError.system("set \(step)", errno: errno)
        }
    }

    /// 127: no such program; 126: it can't be executed; 125: anything else.
    static func status(of error: EscaleError) -> UInt8 {
        guard error.message.hasPrefix("exec: ") else { return 125 }
        return error.code == .notFound ? 127 : 126
    }
}
