import CLinux
import Glibc
import Linux
import OCI
import Support

/// One more process in a running container.
public struct ExecLaunch {
    public var id: String
    public var process: RuntimeSpec.Process
    /// The container's own `config.json`: its seccomp profile and personality hold here too.
    public var spec: RuntimeSpec
    public var stateRoot: String
    public var stdio = Stdio.inherit
    public var diesWithParent = false
    public var preserved = 0
    /// Also into a container that is frozen: the program runs once it thaws.
    public var ignoresPause = false
    /// Where below the container's cgroup the process goes.
    public var subgroups = Subgroups()

    public init(id: String, process: RuntimeSpec.Process, spec: RuntimeSpec, stateRoot: String) {
        self.id = id
        self.process = process
        self.spec = spec
        self.stateRoot = stateRoot
    }
}

extension Container {
    /// Makes a process inside a running container, up to its program; `start` lets it run.
    /// The caller must have one thread.
    public static func exec(_ exec: ExecLaunch, steps: Steps) throws(EscaleError) -> Container {
        try SpecCheck.check(exec.process)
        let stored = try StateStore(exec.stateRoot).load(exec.id)
        switch stored.status() {
        case .running, .created: break
        case .paused where exec.ignoresPause: break
        case .paused:
            throw EscaleError(
                .conflict, "cannot exec in a paused container (use --ignore-paused to override)")
        case .stopped, .creating:
            throw EscaleError(.conflict, "cannot exec in a stopped container")
        }
        let target = try ProcessHandle(pid_t(stored.pid), startTime: stored.startTime)
        let cgroup = try Cgroup(path: stored.cgroup)
        var placement = CgroupPlacement(cgroup: cgroup, limits: CgroupLimits(), steps: steps)
        placement.subgroups = exec.subgroups
        let filter = try SeccompFilter.of(exec.spec, stateRoot: exec.stateRoot, steps)
        let agent = try SeccompNotify.connect(filter)
        defer { if agent >= 0 { close(agent) } }
        let joined = JoinedNamespaces(of: target.pid)
        let born = placement.openUnified()
        let (ours, theirs) = try PacketSocket.pair()
        let sync = PacketSocket(FD(owning: ours))
        let childEnd = FD(owning: theirs)

        let cloned = try clone(
            into: target.pid, joined, cgroup: born, oomScore: exec.process.oomScoreAdj, steps)
        if cloned.pid == 0 {
            close(ours)
            let child = ContainerProcess(
                process: exec.process, linux: exec.spec.linux, steps: steps,
                sync: PacketSocket(childEnd), diesWithParent: exec.diesWithParent,
                preserved: exec.preserved)
            child.filter = filter
            child.agentSocket = agent
            child.agentState = State(
                id: exec.id, status: .running, pid: InitProcess.numberInProc(), bundle: stored.bundle,
                annotations: stored.annotations)
            runExec(child, exec.stdio, joined, target.fd.raw, placement)
        }
        if born >= 0 { close(born) }
        _ = consume childEnd
        var container = Container(
            process: ProcessHandle(pid: cloned.pid, fd: FD(owning: cloned.pidfd)), id: exec.id, console: nil,
            sync: sync, stored: stored,
            launch: Launch(
                id: exec.id, bundle: stored.bundle, spec: RuntimeSpec(process: exec.process),
                stateRoot: exec.stateRoot),
            steps: steps, isExec: true)
        do {
            container.tell(.placed)
            try container.awaitReady()
        } catch {
            try? container.process.signal(SIGKILL)
            waitpid(cloned.pid, nil, 0)
            throw error
        }
        return container
    }

    /// A child that is born in the container's PID namespace, while the runtime itself stays outside.
    private static func clone(
        into target: pid_t, _ joined: JoinedNamespaces, cgroup: Int32, oomScore: Int?, _ steps: Steps
    ) throws(EscaleError) -> (pid: pid_t, pidfd: Int32) {
        let pid = try Sys.open(Namespace.pid.path(of: target), O_RDONLY)
        // An ordinary user may enter the container's namespaces only as root of its user namespace.
        if joined.hasUser, geteuid() != 0 {
            let user = try Sys.open(Namespace.user.path(of: target), O_RDONLY)
            return try JoinFirst.clone(0, cgroup: cgroup, oomScore: oomScore, steps: steps) {
                () throws(EscaleError) in
                try steps.run("namespace.user", "setns", "user of \(target)") { () throws(EscaleError) in
                    try Namespace.user.join(user)
                }
                try steps.run("namespace.pid", "setns", "pid of \(target)") { () throws(EscaleError) in
                    try Namespace.pid.join(pid)
                }
            }
        }
        let own = try Sys.open(Namespace.pid.path(of: nil), O_RDONLY)
        try steps.run("namespace.pid", "setns", "pid of \(target)") { () throws(EscaleError) in
            try Namespace.pid.join(pid)
        }
        // Before the container can see the child: nobody there looks into what it holds of the host's.
        Prctl.call(Prctl.setDumpable, 0)
        let cloned = try Sys.clone(0, cgroup: cgroup)
        if cloned.pid != 0 { try? Namespace.pid.join(own) }
        return cloned
    }

    private static func runExec(
        _ child: ContainerProcess, _ stdio: Stdio, _ joined: JoinedNamespaces,
        _ target: Int32, _ placement: CgroupPlacement
    ) -> Never {
        do {
            try child.begin()
            try child.leaveKeyring()
            try child.expect("c")
            let affinity = child.process.execCPUAffinity
            try Scheduling.pin(
                affinity?.initial, field: "process.execCPUAffinity.initial", steps: child.steps)
            try placement.placeSelf()
            try Scheduling.pin(affinity?.final, field: "process.execCPUAffinity.final", steps: child.steps)
            try child.connect(stdio)
            try child.setOOMScore()
            try child.limit()
            try child.steps.run("namespaces.join", "setns", joined.names) { () throws(EscaleError) in
                // The user namespace that it was born in can't be joined once more.
                let isInUser = joined.hasUser && Namespace.user.inode(of: nil) == joined.user
                let flags = isInUser ? joined.flags & ~Namespace.user.flag : joined.flags
                try Sys.check(cl_setns(target, flags), "setns", joined.names)
                if joined.hasUser {
                    try Sys.check(cl_setresgid(0, 0, 0), "setgid")
                    try Sys.check(cl_setresuid(0, 0, 0), "setuid")
                }
            }
            try child.makeConsole(in: try ContainerTree("/"), bindsConsole: false)
            child.closeHost(but: [])
            try child.findProgram(makesFolder: false)
            try child.sync.send(SyncMessage.ready(child.identity.warning()).bytes)
            try child.expect("s")
            try child.become()
        } catch {
            try? child.sync.send(SyncMessage.failed(.init(error, step: child.steps.failed)).bytes)
        }
        _exit(1)
    }
}

/// Which namespaces of a process differ from ours: those an exec joins.
struct JoinedNamespaces {
    let kinds: [Namespace]
    /// The container's user namespace.
    let user: UInt64?

    init(of pid: pid_t) {
        user = Namespace.user.inode(of: pid)
        kinds = Namespace.allCases.filter { kind in
            guard kind != .pid, let theirs = kind.inode(of: pid) else { return false }
            return theirs != kind.inode(of: nil)
        }
    }

    var flags: Int32 { kinds.reduce(0) { $0 | $1.flag } }
    var names: String { kinds.map(\.rawValue).joined(separator: " ") }
    var hasUser: Bool { kinds.contains(.user) }
}
