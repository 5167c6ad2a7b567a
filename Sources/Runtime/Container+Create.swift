import CLinux
import Glibc
import Linux
import OCI
import Support

/// A container that was made and waits to be started, or runs: held by the process that made it.
public struct Container: ~Copyable {
    public let process: ProcessHandle
    public let id: String
    /// The master of its terminal, where it has one.
    public var console: FD?
    let sync: PacketSocket
    var stored: StoredState
    let launch: Launch
    let steps: Steps
    /// A further process in a container that another call made: it owns no state and no cgroup.
    var isExec = false
    /// What was asked for and could not be had, where a start goes on all the same; empty for nothing.
    public private(set) var warning = ""

    public var pid: pid_t { process.pid }
    /// Whether it got a network namespace of its own, in which nothing is up yet.
    public var hasNewNetwork: Bool {
        (launch.spec.linux?.namespaces ?? []).contains { $0.type == .network && ($0.path ?? "").isEmpty }
    }
}

extension Container {
    /// Makes a container up to the point where only the user's program is missing (OCI `create`).
    /// When it fails nothing is left. The caller must have one thread.
    public static func create(_ launch: Launch, steps: Steps) throws(EscaleError) -> Container {
        try SpecCheck.check(launch.spec)
        let store = StateStore(launch.stateRoot)
        let host = try CgroupHost.current()
        let cgroup = Cgroup(
            host: host, path: launch.spec.linux?.cgroupsPath ?? "/escale/\(launch.id)")
        let limits = try CgroupLimits(launch.spec.linux?.resources)
        try steps.run("cgroup.check", "", cgroup.path) { () throws(EscaleError) in try cgroup.check(limits) }
        try steps.run("state.reserve", "mkdir", store.folder(launch.id)) { () throws(EscaleError) in
            try store.reserve(launch.id)
        }
        do throws(EscaleError) {
            // Others in it would be killed with the container.
            let others = cgroup.processes().count
            guard others == 0 else {
                throw EscaleError(
                    .conflict,
                    "linux.cgroupsPath: container's cgroup is not empty: \(others) process(es) found")
            }
        } catch {
            try? store.remove(launch.id)
            throw error
        }
        do {
            return try make(launch, store, cgroup, limits, steps)
        } catch {
            try? cgroup.killAll()
            try? cgroup.remove()
            // A start that fails ends as a container does (OCI runtime.md, "Lifecycle").
            HookRunner(steps: steps).runPoststop(
                launch.spec.hooks,
                State(
                    id: launch.id, status: .stopped, pid: 0, bundle: launch.bundle,
                    annotations: launch.spec.annotations))
            try? store.remove(launch.id)
            throw error
        }
    }

    private static func make(
        _ launch: Launch, _ store: StateStore, _ cgroup: Cgroup, _ limits: CgroupLimits, _ steps: Steps
    ) throws(EscaleError) -> Container {
        // First of all on disk, so that whatever dies from here on can be cleaned up.
        var stored = StoredState(
            id: launch.id, bundle: launch.bundle, pid: 0, startTime: nil, isStarted: false,
            cgroup: cgroup.path, created: Timestamp.now.rfc3339, owner: Int(getuid()),
            annotations: launch.spec.annotations)
        try steps.run("state.save", "write", "creating") { () throws(EscaleError) in
            try store.begin(stored, config: launch.config ?? [])
        }
        let namespaces = try NamespacePlan(launch.spec.linux?.namespaces ?? [])
        try namespaces.openJoined()
        let placement = CgroupPlacement(cgroup: cgroup, limits: limits, steps: steps)
        let born = try placement.makeUnified()

        let filter = try SeccompFilter.of(launch.spec, stateRoot: launch.stateRoot, steps)
        let agent = try SeccompNotify.connect(filter)
        defer { if agent >= 0 { close(agent) } }

        let idmapped = try IDMappedMounts(
            launch.spec, bundle: launch.bundle, joined: namespaces.joinedUser, steps: steps)

        let (ours, theirs) = try PacketSocket.pair()
        let sync = PacketSocket(FD(owning: ours))
        let childEnd = FD(owning: theirs)
        let listener =
            launch.detached
            ? try Files.listenShort(store.socket(launch.id)).release() : -1
        defer { if listener >= 0 { close(listener) } }

        if !namespaces.joinsFirst { try namespaces.enterPid() }
        let start = Monotonic.now
        let cloned =
            namespaces.joinsFirst
            ? try JoinFirst.clone(
                namespaces.cloneFlags, cgroup: born, oomScore: launch.spec.process?.oomScoreAdj, steps: steps
            ) {
                () throws(EscaleError) in try namespaces.join(steps: steps)
            }
            : try Sys.clone(namespaces.cloneFlags, cgroup: born)
        if cloned.pid == 0 {
            close(ours)
            let child = ContainerProcess(
                process: launch.spec.process ?? .init(), linux: launch.spec.linux, steps: steps,
                sync: PacketSocket(childEnd), diesWithParent: launch.diesWithParent,
                preserved: launch.preserved)
            child.filter = filter
            child.agentSocket = agent
            InitProcess(
                launch: launch, child: child, namespaces: namespaces, placement: placement,
                listener: listener, idmapped: idmapped
            ).run()
        }
        steps.recordNamespaces(namespaces, start)
        if !namespaces.joinsFirst { namespaces.leavePid() }
        _ = consume childEnd
        var container = Container(
            process: ProcessHandle(pid: cloned.pid, fd: FD(owning: cloned.pidfd)), id: launch.id,
            console: nil, sync: sync, stored: stored, launch: launch, steps: steps)
        do {
            if namespaces.creates(.user) {
                try steps.run("namespace.user.maps", "write", "/proc/\(cloned.pid)/uid_map") {
                    () throws(EscaleError) in
                    try IDMaps.write(
                        cloned.pid, launch.spec.linux?.uidMappings ?? [], launch.spec.linux?.gidMappings ?? []
                    )
                }
                container.tell(.mapped)
            }
            let folders = try placement.makeFolders()
            if namespaces.contains(.user) { try placement.place(cloned.pid, in: folders) }
            container.tell(.placed)
            stored.pid = Int(cloned.pid)
            stored.startTime = ProcessInfo.startTime(cloned.pid)
            container.stored = stored
            try steps.run("state.created", "write", "created") { () throws(EscaleError) in
                try store.save(stored)
            }
            try container.awaitReady()
        } catch {
            try? container.process.signal(SIGKILL)
            waitpid(cloned.pid, nil, 0)
            throw error
        }
        if born >= 0 { close(born) }
        return container
    }

    /// A child that has failed meanwhile hears nothing; why, it has told, and `awaitReady` reads it.
    func tell(_ message: SyncMessage) { try? sync.send(message.bytes) }

    /// Serves the first process until it is ready, or tells why it failed.
    mutating func awaitReady() throws(EscaleError) {
        while true {
            let (bytes, descriptor) = try sync.receive()
            switch SyncMessage(bytes) {
            case .console: console = FD(owning: descriptor)
            case .hooks:
                var state = State(
                    id: id, status: .created, pid: Int(pid), bundle: launch.bundle,
                    annotations: launch.spec.annotations)
                let runner = HookRunner(steps: steps)
                // The older kind of hook was told `created`, and what is written for it expects that.
                try runner.run(launch.spec.hooks?.prestart, "prestart", state: state)
                state.status = .creating
                try runner.run(launch.spec.hooks?.createRuntime, "createRuntime", state: state)
                try sync.send(SyncMessage.proceed.bytes)
            case .ready(let text):
                warning = text
                return
            case .failed(let failure):
                steps.fail(failure.step)
                throw failure.error
            default:
                if !isExec, oomKills > 0 {
                    throw EscaleError(
                        .noMemory, "container init was OOM-killed (memory limit too low?)",
                        repair: "give it more (-m), or free some: free -m")
                }
                throw EscaleError(.internal, "container init died before it was ready")
            }
        }
    }

    /// Lets the user's program run (OCI `start`). Returns once execve has happened.
    public mutating func start() throws(EscaleError) {
        let begin = Monotonic.now
        try sync.send(SyncMessage.start.bytes)
        let (bytes, descriptor) = try sync.receive()
        if descriptor >= 0 { close(descriptor) }
        if case .failed(let failure) = SyncMessage(bytes) {
            steps.fail(failure.step)
            throw failure.error
        }
        steps.record("exec", "execve", launch.spec.process?.args?.first ?? "", "ok", begin, as: .container)
        if isExec { return }
        stored.isStarted = true
        try steps.run("state.started", "write", "started") { () throws(EscaleError) in
            try StateStore(launch.stateRoot).save(stored)
        }
        try HookRunner(steps: steps).run(
            launch.spec.hooks?.poststart, "poststart", state: stored.startedState)
    }

    /// Ends it, whatever state it is in, and removes all traces.
    public borrowing func abandon() {
        try? process.signal(SIGKILL)
        waitpid(pid, nil, 0)
        try? removeTraces()
    }

    /// After its first process has ended and was waited for: leftovers, cgroup, state.
    public borrowing func removeTraces() throws(EscaleError) {
        if isExec { return }
        try Container.removeTraces(stored, StateStore(launch.stateRoot), steps, launch.spec.hooks)
    }

    static func removeTraces(
        _ stored: StoredState, _ store: StateStore, _ steps: Steps, _ hooks: RuntimeSpec.Hooks?
    ) throws(EscaleError) {
        let cgroup = try Cgroup(path: stored.cgroup)
        try steps.run("cgroup.kill", "write", stored.cgroup) { () throws(EscaleError) in
            try cgroup.killAll()
        }
        try steps.run("cgroup.remove", "rmdir", stored.cgroup) { () throws(EscaleError) in
            try cgroup.remove()
        }
        HookRunner(steps: steps).runPoststop(hooks, stored.state())
        try steps.run("state.remove", "unlink", stored.id) { () throws(EscaleError) in
            try store.remove(stored.id)
        }
    }

    /// Processes of the container that the kernel killed for lack of memory.
    public var oomKills: UInt64 { (try? Cgroup(path: stored.cgroup).oomKills()) ?? 0 }
}

extension Steps {
    /// One clone3 makes them all: each gets its line, with the call's time.
    func recordNamespaces(_ plan: NamespacePlan, _ start: Monotonic) {
        guard isRecording else { return }
        record("clone", "clone3", plan.names, "ok", start)
        for kind in Namespace.allCases where plan.creates(kind) && kind != .cgroup && kind != .time {
            record("namespace.\(kind.rawValue)", "clone3", "CLONE_NEW\(kind.constant)", "ok", start)
        }
    }
}
