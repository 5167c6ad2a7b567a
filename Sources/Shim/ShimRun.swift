import CLinux
import Glibc
import Linux
import Network
import OCI
import Runtime
import ShimProtocol
import Support

/// `escale-runtime shim CONFIG`: makes one container (or one exec), holds its stdio, reaps it, records
/// its end. One thread, one poll loop; what it promises is in `ShimProtocol`.
public enum ShimRun {
    /// The daemon's control connection.
    static let controlDescriptor: Int32 = 3

    /// A spare shim: waits to be told its configuration, all warm.
    public static func wait() -> Int32 {
        _ = cl_close_range(UInt32(controlDescriptor + 1), .max)
        try? Files.poke("/proc/self/comm", "escale-spare")
        WarmUp.run()
        guard let path = Descriptor.readLine(controlDescriptor) else { return 0 }
        CommandLineMemory.overwrite(argument: 2, with: path)
        return run(configPath: path)
    }

    /// - Returns: the exit status of the shim itself.
    public static func run(configPath: String) -> Int32 {
        // The daemon's sockets are born without close-on-exec: one kept here would keep a client waiting
        // for a daemon that has died.
        _ = cl_close_range(UInt32(controlDescriptor + 1), .max)
        // Started through a descriptor, it would be named after its number.
        try? Files.poke("/proc/self/comm", "escale-shim")
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        let control = Connection(FD(owning: controlDescriptor), role: .control)
        var steps = Steps()
        do {
            let config: ShimConfig = try JSON.parse(try Files.read(configPath)).decode()
            if let path = config.explainPath { steps = Steps(explain: try Steps.open(path)) }
            let listener = try UnixSocket.listen(config.socket)
            defer { unlink(config.socket) }
            var held = try make(config, steps)
            control.send(.created(pid: Int(held.container.pid)))
            let loop = ShimLoop(config: config, listener: listener.raw, control: control, steps: steps)
            return loop.hold(&held.container, &held.io)
        } catch {
            let status = LaunchStatus.of(error, step: steps.failed)
            control.send(.failed(status: status, message: error.message, step: steps.failed))
            return 1
        }
    }

    private struct Made: ~Copyable {
        var container: Container
        var io: ContainerIO
    }

    private static func make(_ config: ShimConfig, _ steps: Steps) throws(EscaleError) -> Made {
        let spec = try steps.run("config", "read", "\(config.bundle)/config.json") {
            () throws(EscaleError) -> RuntimeSpec in
            try Bundle.load(config.bundle)
        }
        var io =
            config.terminal
            ? try ContainerIO(terminal: ()) : try ContainerIO(openStdin: config.openStdin)
        var container: Container
        if let process = config.exec {
            var exec = ExecLaunch(
                id: config.id, process: try process.read(), spec: spec, stateRoot: config.runtimeRoot)
            exec.stdio = io.stdio
            exec.diesWithParent = true
            container = try Container.exec(exec, steps: steps)
        } else {
            try mountRoot(config, spec, steps)
            var launch = Launch(
                id: config.id, bundle: config.bundle, spec: spec, stateRoot: config.runtimeRoot)
            launch.stdio = io.stdio
            launch.diesWithParent = true
            container = try Container.create(launch, steps: steps)
        }
        io.handedOver()
        if let master = container.console.take() { try io.use(master: master) }
        return Made(container: container, io: io)
    }

    /// The image's layers under a writable one, seen by this process and its children only.
    private static func mountRoot(_ config: ShimConfig, _ spec: RuntimeSpec, _ steps: Steps)
        throws(EscaleError)
    {
        try steps.run("namespace.shim", "unshare", "CLONE_NEWNS") { () throws(EscaleError) in
            try Namespace.unshare([.mount])
            // Mounts of the host still come in (a disk plugged later), none of ours goes out.
            try Mount.setPropagation("/", .slave, recursive: true)
        }
        guard !config.lower.isEmpty else { return }
        let root = spec.root?.path ?? "rootfs"
        let target = root.hasPrefix("/") ? root : Path.join(config.bundle, root)
        try Files.makeDirectory(target)
        try steps.run("overlay", "fsmount", "\(config.lower.count) layers on \(target)") {
            () throws(EscaleError) in
            try Overlay.mount(
                lower: config.lower, upper: config.upper, work: config.work, on: target,
                userXattr: UserNamespace.isNested)
        }
    }
}
