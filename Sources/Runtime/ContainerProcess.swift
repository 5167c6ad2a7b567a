import CLinux
import Glibc
import Linux
import OCI
import Support

/// What both a container's first process and an exec do from clone to execve, in the child.
///
/// The runtime has one thread, so plain Swift runs on this side of clone3 as well.
final class ContainerProcess {
    let process: RuntimeSpec.Process
    let linux: RuntimeSpec.Linux?
    let steps: Steps
    let sync: PacketSocket
    let diesWithParent: Bool
    let preserved: Int
    var filter: SeccompFilter?
    /// Where the filter's notifications go, -1 for nowhere, and what its agent is told of this process.
    var agentSocket: Int32 = -1
    var agentState: State?
    /// RESOLVE_NO_XDEV and RESOLVE_NO_SYMLINKS of openat2(2).
    private static let asItStands: UInt64 = 0x01 | 0x04
    /// Found at create, run at start.
    private var program = ""
    private(set) lazy var identity = Identity(process)
    private var environment: [String] = []

    init(
        process: RuntimeSpec.Process, linux: RuntimeSpec.Linux?, steps: Steps,
        sync: consuming PacketSocket, diesWithParent: Bool, preserved: Int
    ) {
        self.process = process
        self.linux = linux
        self.steps = steps
        self.sync = sync
        self.diesWithParent = diesWithParent
        self.preserved = preserved
        environment = process.env ?? []
    }

    /// Before anything else in the child.
    func begin() throws(EscaleError) {
        steps.enterContainer()
        tieToParent()
        // What the caller left open is not for hooks, nor for the program.
        try Sys.check(cl_cloexec_from(UInt32(3 + preserved)), "close_range")
        try Sys.call("setsid") { setsid() }
    }

    /// Nobody in the container looks into this process while it still holds the host's things. Not before
    /// an ordinary user has written its id maps: its files in /proc are root's from here on.
    func hide() { Prctl.call(Prctl.setDumpable, 0) }

    /// A session keyring of its own, without a name that others could take first: no keys of the caller
    /// leak in. A kernel without keyrings, or a filter that hides them, has none to leak.
    func leaveKeyring() throws(EscaleError) {
        let result = cl_new_session_keyring(nil)
        if result < 0, result != -ENOSYS, result != -EPERM {
            throw .system("join session keyring", errno: -result)
        }
    }

    /// Closes all that the host has opened but what is still needed to tell of the start, none of it a
    /// folder: from here on names of the container are followed, and `/proc/self/fd/N` must not lead
    /// out (CVE-2024-21626).
    /// - Parameter others: to keep as well; negative ones are none.
    func closeHost(but others: [Int32]) {
        var next = Int32(3 + preserved)
        for fd in (others + [sync.fd.raw, steps.descriptor, agentSocket]).sorted() where fd >= next {
            if fd > next { _ = cl_close_range(UInt32(next), UInt32(fd - 1)) }
            next = fd + 1
        }
        _ = cl_close_range(UInt32(next), .max)
    }

    /// The parent may be gone before this: every later wait for it sees the end of the socket then.
    private func tieToParent() {
        if diesWithParent { Prctl.call(Prctl.setParentDeathSignal, UInt(SIGKILL)) }
    }

    func expect(_ wanted: String) throws(EscaleError) {
        let (bytes, descriptor) = try sync.receive()
        if descriptor >= 0 { close(descriptor) }
        // The runtime is gone: so are we.
        if bytes.isEmpty { _exit(1) }
        guard bytes == Array(wanted.utf8) else {
            throw EscaleError(.internal, "unexpected message from the runtime")
        }
    }

    /// A pseudo-terminal of the container's own /dev/pts becomes stdio and controlling terminal.
    func makeConsole(in tree: ContainerTree, bindsConsole: Bool) throws(EscaleError) {
        guard process.terminal == true else { return }
        try steps.run("console", "open", "/dev/pts/ptmx") { () throws(EscaleError) in
            // A file system of terminals has nothing in it but those: no file of the container's
            // takes its place (CVE-2025-52565).
            let terminals = try tree.open("/dev/pts", Sys.pathOnly | O_DIRECTORY)
            guard terminals.fileSystem == .devpts else {
                throw EscaleError(.denied, "/dev/pts: not a file system of terminals (devpts)")
            }
            let multiplexer = FD(
                owning: try Sys.check(
                    cl_openat2(
                        terminals.raw, "ptmx", UInt64(UInt32(bitPattern: O_RDWR | O_NOCTTY)), 0,
                        Self.asItStands), "open", "/dev/pts/ptmx"))
            try Sys.check(cl_pty_number(multiplexer.raw), "unlock pty")
            let peer = try Pty.peer(multiplexer.raw)
            if let size = process.consoleSize {
                try Pty.resize(multiplexer.raw, width: size.width, height: size.height)
            }
            fchown(peer.raw, process.user.uid, gid_t.max)
            if bindsConsole {
                let console = try tree.makeFile("/dev/console", followsLinks: false)
                try Mount.mount(peer.procPath, on: console.procPath, .bind, shown: "/dev/console")
            }
            try sync.send(SyncMessage.console.bytes, descriptor: multiplexer.raw)
            for fd in Int32(0)...2 { try Sys.call("dup2") { dup2(peer.raw, fd) } }
            try Sys.check(cl_set_controlling_terminal(0), "set controlling terminal")
        }
    }

    func setOOMScore() throws(EscaleError) { try Self.setOOMScore(process.oomScoreAdj, steps) }

    /// Of the calling process, and what it makes from then on.
    static func setOOMScore(_ asked: Int?, _ steps: Steps) throws(EscaleError) {
        guard let asked else { return }
        let now = try Files.text("/proc/self/oom_score_adj").filter { !$0.isWhitespace }
        if now == "\(asked)" { return }
        try steps.run("oom_score_adj", "write", "\(asked)") { () throws(EscaleError) in
            try ProcFile.write("self/oom_score_adj", "\(asked)")
        }
    }

    /// Limits that are set while this process still may.
    func limit() throws(EscaleError) {
        for limit in process.rlimits ?? [] {
            try steps.run("rlimit", "prlimit", "\(limit.type) \(limit.soft) \(limit.hard)") {
                () throws(EscaleError) in
                try Rlimit.set(limit.type, soft: limit.soft, hard: limit.hard)
            }
        }
        if let scheduler = process.scheduler { try Scheduling.apply(scheduler) }
        if let priority = process.ioPriority { try Scheduling.apply(priority) }
        if let personality = linux?.personality { try Scheduling.apply(personality) }
    }

    /// In the container's root: working folder, environment and the program itself, so that `create`
    /// already says when there is none.
    /// - Parameter makesFolder: whether a missing working folder is made; an exec's is an error, as runc's.
    func findProgram(makesFolder: Bool) throws(EscaleError) {
        if !environment.contains(where: { $0.hasPrefix("HOME=") }) {
            let passwd = Passwd.text()
            environment.append("HOME=\(Passwd.home(of: process.user.uid, in: passwd) ?? "/")")
        }
        if makesFolder, !Files.exists(process.cwd) { _ = try RootFolder("/").makeFolder(process.cwd) }
        try steps.run("exec.find", "stat", process.args?.first ?? "") { () throws(EscaleError) in
            program = try Program.find(
                process.args?.first ?? "", environment: environment, directory: process.cwd)
        }
    }

    /// Gives privileges up and becomes the user's program. Comes back only by an error.
    func become() throws(EscaleError) {
        let mayDropGroups = (try? Files.text("/proc/self/setgroups"))?.hasPrefix("deny") != true
        let noNewPrivileges = process.noNewPrivileges == true
        handOverStdio()
        // As root first: a folder that only root may enter is fine for a start there.
        try SecurityLabels.apply(process, steps: steps)
        let isThere = try steps.run("cwd", "chdir", process.cwd) { () throws(EscaleError) in
            try enterDirectory(orLater: true)
        }
        // Without no_new_privs only a privileged process may set a filter, so it comes first.
        if !noNewPrivileges { try loadFilter() }
        try identity.assume(steps: steps, mayDropGroups: mayDropGroups)
        // A change of user clears it.
        tieToParent()
        if !isThere { _ = try enterDirectory(orLater: false) }
        if let mask = process.user.umask { umask(mode_t(mask)) } else { umask(0o022) }
        if noNewPrivileges {
            try steps.run("no_new_privs", "prctl", "PR_SET_NO_NEW_PRIVS") { () throws(EscaleError) in
                try Sys.check(Prctl.call(Prctl.setNoNewPrivileges, 1), "set no_new_privs")
            }
            try loadFilter()
        }
        resetSignals()
        try steps.run("exec", "execve", program) { () throws(EscaleError) in
            throw Program.run(program, process.args ?? [], environment)
        }
    }

    /// Goes to the working folder, which must lie in the container's root: one that does not would be a
    /// way out. Before the filter where possible, which may refuse getcwd(2).
    /// - Returns: false where this user may not enter it, and another will try.
    private func enterDirectory(orLater: Bool) throws(EscaleError) -> Bool {
        if chdir(process.cwd) != 0 {
            if orLater, errno == EACCES { return false }
            throw .system("chdir to cwd", "(\"\(process.cwd)\") set in config.json", errno: errno)
        }
        var buffer = [CChar](repeating: 0, count: 4097)
        guard getcwd(&buffer, buffer.count) != nil, buffer[0] == CChar(UInt8(ascii: "/")) else {
            throw EscaleError(
                .denied, "current working directory is outside of container mount namespace root")
        }
        return true
    }

    private func loadFilter() throws(EscaleError) {
        guard let filter else { return }
        var listener: FD?
        try steps.run("seccomp", "seccomp", "\(filter.instructions) instructions") {
            () throws(EscaleError) in
            listener = try filter.load()
        }
        guard let listener, let state = agentState else { return }
        let metadata = filter.agent?.metadata
        try steps.run("seccomp.notify", "sendmsg", filter.agent?.path ?? "") { () throws(EscaleError) in
            try SeccompNotify.send(listener, over: agentSocket, metadata: metadata, state: state)
        }
    }

    private func resetSignals() {
        for number in Int32(1)...64 where number != SIGKILL && number != SIGSTOP {
            signal(number, SIG_DFL)
        }
        cl_unblock_signals()
    }
}
