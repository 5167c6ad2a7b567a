import Glibc
import Linux
import Support

/// Starting the daemon from a client that found none.
public enum DaemonStart {
    /// Starts `escale daemon` in a session of its own and waits until it says that it is ready.
    ///
    /// The daemon gets a pipe as descriptor 3 (named in `ESCALE_READY_FD`) and closes it when it serves;
    /// when it dies first, the end of the pipe and its log tell. When another client has started one
    /// meanwhile, ours ends at once and the other's socket answers.
    public static func ensure(kit: Kit) throws(EscaleError) {
        let log = "\(kit.root)/daemon.log"
        let output: FD
        do {
            try Files.makeDirectory(kit.root, mode: 0o711)
            try Files.makeDirectory(kit.run, mode: 0o711)
            output = try Sys.open(log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
        } catch {
            throw EscaleError(
                error.code, "cannot start the engine: \(error.message)", errno: error.errno,
                repair: "ESCALE_ROOT and ESCALE_RUN must be folders that you can write to")
        }
        let null = try Sys.open("/dev/null", O_RDONLY)
        let ready = try Sys.pipe()
        let readyRead = FD(owning: ready.read)
        let readyWrite = FD(owning: ready.write)
        let pid = try Spawn.start(
            "/proc/self/exe", ["daemon"], environment: Environment.all + ["ESCALE_READY_FD=3"],
            descriptors: [0: null.raw, 1: output.raw, 2: output.raw, 3: readyWrite.raw], newSession: true,
            directory: "/")
        _ = consume readyWrite
        // The daemon writes one byte when it serves, and closes; only a dying one closes without.
        let said = try waitForByte(readyRead.raw, seconds: 20)
        if said { return }
        var status: Int32 = 0
        let ended = waitpid(pid, &status, WNOHANG) == pid
        // Another client's daemon may be just coming up: it holds the lock that ours found taken.
        let deadline = Monotonic.now
        while deadline.elapsedMilliseconds < 10_000 {
            if (try? UnixSocket.connect(kit.dockerSocket)) != nil { return }
            if !Files.exists("\(kit.run)/daemon.lock") { break }
            usleep(20_000)
            if ended, Spawn.exitStatus(status) != 1 { break }
        }
        let text = (try? Files.text(log)) ?? ""
        let last = text.split(separator: "\n").last.map(String.init) ?? "no message"
        throw EscaleError(.unavailable, "the engine did not start: \(last)", repair: "tail \(log)")
    }

    private static func waitForByte(_ fd: Int32, seconds: Int32) throws(EscaleError) -> Bool {
        var polls = [pollfd(fd: fd, events: Int16(POLLIN), revents: 0)]
        let n = try Sys.call("poll") { poll(&polls, 1, seconds * 1000) }
        guard n > 0 else { return false }
        var byte: UInt8 = 0
        return try Sys.call("read") { read(fd, &byte, 1) } == 1
    }
}
