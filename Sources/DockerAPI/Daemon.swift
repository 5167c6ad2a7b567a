import CLinux
import Engine
import Glibc
import Images
import Linux
import Support

/// The one process of a kit that serves the Docker API.
public enum Daemon {
    /// Serves until SIGTERM or SIGINT, then ends the process; containers go on. Throws only what keeps
    /// it from starting. Call it from the main thread, before any other thread is there.
    /// - Parameter ready: a descriptor that gets one byte, and is closed, when clients can connect.
    public static func run(kit: Kit, ready: Int32?) throws(EscaleError) -> Never {
        signal(SIGPIPE, SIG_IGN)
        umask(0o022)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        // Before the first thread, so that all inherit it and the signals come to `sigwait` alone.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        raiseDescriptorLimit()
        try Files.makeDirectory(kit.root, mode: 0o711)
        try Files.makeDirectory(kit.run, mode: 0o711)
        let lock = try DaemonLock.take(kit)
        let runtime = try RuntimeShimLauncher.findRuntime()
        let reactor = try Reactor()
        let log: @Sendable (String) -> Void = { text in Output.err("\(Timestamp.now.rfc3339) \(text)\n") }
        let engine = Engine(
            kit: kit, images: StoreLibrary(ImageStore(kit: kit)),
            launcher: RuntimeShimLauncher(runtime: runtime, reactor: reactor),
            networking: KitNetworking(kit: kit, log: log), reactor: reactor, log: log)
        Task {
            do {
                try await engine.recover()
                _ = try await Server.start(engine: engine, path: kit.dockerSocket, group: clientGroup())
                log("serving the Docker API on unix://\(kit.dockerSocket), pid \(getpid())")
                if let ready {
                    var byte: UInt8 = 1
                    write(ready, &byte, 1)
                    close(ready)
                }
            } catch {
                let failure = EscaleError.wrap(error)
                log("cannot start: \(failure.message)")
                exit(1)
            }
        }
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        // Every state is on disk already, and shims need no word: there is nothing to wait for.
        unlink(kit.dockerSocket)
        log("signal \(signal): ending; containers go on")
        do throws(EscaleError) { try HostTraces.remove(kit: kit) } catch { log("network: \(error.message)") }
        _ = lock.release()
        exit(0)
    }

    /// A socket for each container and two for each client: more than the usual soft limit.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Members of `escale` or `docker` may use the engine, where root runs it and there is such a group.
    private static func clientGroup() -> gid_t? {
        guard geteuid() == 0 else { return nil }
        for name in ["escale", "docker"] {
            if let group = getgrnam(name) { return group.pointee.gr_gid }
        }
        return nil
    }

    /// The process id of the kit's daemon; nil where none runs.
    public static func running(kit: Kit) -> pid_t? { DaemonLock.holder(kit) }

    /// Ends the kit's daemon and waits until it is gone. False when none ran.
    public static func stop(kit: Kit) throws(EscaleError) -> Bool {
        guard let pid = DaemonLock.holder(kit) else { return false }
        try Sys.call("kill", "\(pid)") { kill(pid, SIGTERM) }
        // Its lock is free when it has ended, however it does.
        _ = try FileLock(DaemonLock.path(kit))
        return true
    }
}

/// Exactly one daemon a kit: a lock on `daemon.lock`, which names its holder.
enum DaemonLock {
    static func path(_ kit: Kit) -> String { "\(kit.run)/daemon.lock" }

    static func take(_ kit: Kit) throws(EscaleError) -> FD {
        let path = path(kit)
        let fd = try Sys.open(path, O_RDWR | O_CREAT, mode: 0o644)
        var result = cl_lock_exclusive(fd.raw)
        // One that was killed a moment ago may not be through with dying, and whoever only looks whether
        // an engine runs holds the lock for a moment. One that serves is another matter.
        for _ in 0..<200 where result == -EWOULDBLOCK {
            if answers(kit.dockerSocket) { break }
            usleep(5000)
            result = cl_lock_exclusive(fd.raw)
        }
        guard result == 0 else {
            guard result == -EWOULDBLOCK else { throw .system("lock", path, errno: -result) }
            throw EscaleError(
                .conflict, "another engine (pid \(holderText(path))) already serves \(kit.run)",
                repair: "escale daemon --stop")
        }
        ftruncate(fd.raw, 0)
        try Sys.writeAll(fd.raw, "\(getpid())\n".utf8)
        return fd
    }

    /// Whether an engine answers there: a dying one's socket may still take connections.
    private static func answers(_ socket: String) -> Bool {
        guard let fd = try? UnixSocket.connect(socket) else { return false }
        let request = Array("GET /_ping HTTP/1.1\r\nHost: escale\r\nConnection: close\r\n\r\n".utf8)
        let sent = request.withUnsafeBytes { cl_send(fd.raw, $0.baseAddress, $0.count) }
        guard sent == request.count else { return false }
        var polls = [pollfd(fd: fd.raw, events: Int16(POLLIN), revents: 0)]
        guard poll(&polls, 1, 1000) > 0 else { return false }
        var byte: UInt8 = 0
        return read(fd.raw, &byte, 1) == 1
    }

    static func holder(_ kit: Kit) -> pid_t? {
        let path = path(kit)
        guard let fd = try? Sys.open(path, O_RDWR), cl_lock_exclusive(fd.raw) == -EWOULDBLOCK else {
            return nil
        }
        return pid_t(holderText(path))
    }

    private static func holderText(_ path: String) -> String {
        ((try? Files.text(path)) ?? "").filter { !$0.isWhitespace }
    }
}
