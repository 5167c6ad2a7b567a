import CLinux
import Glibc
import Linux
import OCI
import Support

/// The container's first process, from clone3 to execve.
struct InitProcess {
    let launch: Launch
    let child: ContainerProcess
    let namespaces: NamespacePlan
    let placement: CgroupPlacement
    /// Where `start` connects to when it comes from another process; -1: it comes over the sync socket.
    let listener: Int32
    let idmapped: IDMappedMounts

    /// This process as the runtime numbers it: /proc is still the runtime's when this is made.
    let hostPid = Self.numberInProc()

    static func numberInProc() -> Int {
        var buffer = [CChar](repeating: 0, count: 32)
        let n = readlink("/proc/self", &buffer, 31)
        return Int(String(decoding: buffer.prefix(max(0, n)).map(UInt8.init(bitPattern:)), as: UTF8.self))
            ?? 0
    }

    /// Never returns: it becomes the user's program, or tells why not and exits.
    func run() -> Never {
        // Errors after `start` go to who started.
        var starter: Int32 = -1
        do throws(EscaleError) {
            try prepare()
            try child.sync.send(SyncMessage.ready(child.identity.warning()).bytes)
            if listener >= 0 {
                starter = try Sys.call("accept") { accept(listener, nil, nil) }
                _ = cl_fcntl(starter, F_SETFD, Int(FD_CLOEXEC))
            } else {
                try child.expect("s")
            }
            guard launch.spec.process != nil else {
                throw EscaleError(.invalid, "process: missing: there is nothing to start")
            }
            let state = State(
                id: launch.id, status: .created, pid: hostPid, bundle: launch.bundle,
                annotations: launch.spec.annotations)
            try HookRunner(steps: child.steps).run(
                launch.spec.hooks?.startContainer, "startContainer", state: state)
            try child.become()
        } catch {
            let failure = SyncMessage.failed(.init(error, step: child.steps.failed))
            if starter >= 0 {
                try? Sys.writeAll(starter, failure.bytes)
            } else {
                try? child.sync.send(failure.bytes)
            }
        }
        _exit(1)
    }

    private func prepare() throws(EscaleError) {
        child.agentState = State(
            id: launch.id, status: .creating, pid: hostPid, bundle: launch.bundle,
            annotations: launch.spec.annotations)
        let spec = launch.spec
        let steps = child.steps
        try child.begin()
        // A change of user, or hiding, makes its files in /proc the host's root's.
        try child.setOOMScore()
        try namespaces.makeTime(spec.linux?.timeOffsets ?? [:], steps: steps)
        if namespaces.creates(.user) {
            try child.expect("m")
            try Sys.check(cl_setresgid(0, 0, 0), "setgid")
            try Sys.check(cl_setresuid(0, 0, 0), "setuid")
        }
        child.hide()
        if !namespaces.joinsFirst { try namespaces.join(steps: steps) }
        try child.connect(launch.stdio)
        if launch.newKeyring { try child.leaveKeyring() }
        try name(spec, steps)
        try child.limit()
        var isPlaced = false
        let awaitCgroup = { () throws(EscaleError) in
            if isPlaced { return }
            isPlaced = true
            try child.expect("c")
            if !namespaces.contains(.user) { try placement.placeSelf() }
            guard namespaces.creates(.cgroup) else { return }
            // Now, so that its top is the container's cgroup and not the caller's.
            try steps.run("namespace.cgroup", "unshare", "CLONE_NEWCGROUP") { () throws(EscaleError) in
                try Namespace.unshare([.cgroup])
            }
        }
        if namespaces.isolatesMounts {
            try makeRoot(awaitCgroup)
        } else {
            try awaitCgroup()
            try steps.run("chroot", "chroot", spec.root?.path ?? "") { () throws(EscaleError) in
                let root = try RootFolder(Path.join(launch.bundle, spec.root?.path ?? "rootfs"))
                try Sys.call("fchdir") { fchdir(root.fd.raw) }
                try Sys.call("chroot") { chroot(".") }
            }
        }
        child.closeHost(but: [listener])
        if spec.process != nil { try child.findProgram(makesFolder: true) }
    }

    private func name(_ spec: RuntimeSpec, _ steps: Steps) throws(EscaleError) {
        if let host = spec.hostname, !host.isEmpty {
            guard namespaces.separates(.uts) else {
                throw EscaleError(
                    .invalid, "hostname: \"\(host)\" would be the host's: the UTS namespace is its own")
            }
            try steps.run("hostname", "sethostname", host) { () throws(EscaleError) in
                try Sys.check(cl_sethostname(host, host.utf8.count), "sethostname", host)
            }
        }
        if let domain = spec.domainname, !domain.isEmpty {
            guard namespaces.separates(.uts) else {
                throw EscaleError(
                    .invalid, "domainname: \"\(domain)\" would be the host's: the UTS namespace is its own")
            }
            try steps.run("domainname", "setdomainname", domain) { () throws(EscaleError) in
                try Sys.check(cl_setdomainname(domain, domain.utf8.count), "setdomainname", domain)
            }
        }
    }

    private func makeRoot(_ awaitCgroup: @escaping () throws(EscaleError) -> Void) throws(EscaleError) {
        let spec = launch.spec
        let steps = child.steps
        let rootfs = Rootfs(
            spec: spec, bundle: launch.bundle, steps: steps,
            hasCgroupNamespace: namespaces.contains(.cgroup), idmapped: idmapped, awaitCgroup: awaitCgroup)
        let tree = try rootfs.prepare()
        try rootfs.mountAll(in: tree)
        if rootfs.ownsDev {
            try steps.run("devices", "mknod", "/dev/null and its like") { () throws(EscaleError) in
                try Devices(
                    asked: spec.linux?.devices ?? [],
                    bindsHost: namespaces.contains(.user) || UserNamespace.isNested
                ).make(in: tree)
            }
        }
        try child.makeConsole(in: tree, bindsConsole: rootfs.ownsDev)
        try awaitCgroup()
        if spec.hooks?.prestart?.isEmpty == false || spec.hooks?.createRuntime?.isEmpty == false {
            try child.sync.send(SyncMessage.hooks.bytes)
            try child.expect("p")
        }
        try HookRunner(steps: steps).run(
            spec.hooks?.createContainer, "createContainer",
            state: State(
                id: launch.id, status: .creating, pid: hostPid, bundle: launch.bundle,
                annotations: launch.spec.annotations))
        try setKernelParameters(spec.linux?.sysctl ?? [:], steps)
        try rootfs.restrict(in: tree)
        try rootfs.enter(pivots: launch.pivots)
    }

    /// sysctl(8) names to files of /proc/sys: those of this process's namespaces.
    private func setKernelParameters(_ parameters: [String: String], _ steps: Steps) throws(EscaleError) {
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            try Sysctl.check(name, has: namespaces.separates)
            try steps.run("sysctl", "write", "\(name) = \(value)") { () throws(EscaleError) in
                try ProcFile.write("sys/\(Sysctl.file(name))", value)
            }
        }
    }
}

/// Names of kernel parameters (sysctl(8)).
package enum Sysctl {
    /// `net.ipv4.ip_forward` as a path; a name with slashes keeps its dots.
    package static func file(_ name: String) -> String {
        if let first = name.first(where: { $0 == "." || $0 == "/" }), first == "/" { return name }
        return String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
    }

    /// Only parameters of a namespace that the container has for itself: others are the host's.
    package static func check(_ name: String, has: (Namespace) -> Bool) throws(EscaleError) {
        let dotted = file(name).split(separator: "/").joined(separator: ".")
        let ipc: Set<String> = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
            "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"
        ]
        let needed: Namespace
        if ipc.contains(dotted) || dotted.hasPrefix("fs.mqueue.") {
            needed = .ipc
        } else if dotted.hasPrefix("net.") {
            needed = .network
        } else if dotted == "kernel.domainname" || dotted == "kernel.hostname" {
            needed = .uts
        } else if dotted.hasPrefix("user.") {
            needed = .user
        } else {
            throw EscaleError(.invalid, "sysctl \"\(name)\" is not in a separate kernel namespace")
        }
        guard !file(name).split(separator: "/").contains(".."), has(needed) else {
            throw EscaleError(
                .invalid, "sysctl \"\(name)\" is not allowed in the hosts \(needed.rawValue) namespace")
        }
    }
}
