import CLinux
import Glibc
import Support

/// Starting programs by posix_spawn(3): safe from a threaded process, where fork is not.
public enum Spawn {
    /// How a program ended.
    public struct Result: Sendable {
        /// The exit status, or 128 + the signal that ended it.
        public let status: Int32
        public let out: [UInt8]
        public let err: [UInt8]
        public var text: String { String(decoding: out, as: UTF8.self) }
        public var errorText: String { String(decoding: err, as: UTF8.self) }
    }

    /// Starts a program with default signals and an empty signal mask.
    /// - Parameters:
    ///   - path: an absolute path, or a name looked up in PATH.
    ///   - name: what the program is told that it is called (argv[0]); `path` where nil.
    ///   - descriptors: the child's descriptor number -> ours. Others close on exec.
    ///   - newSession: setsid(2), so that a terminal's ^C does not reach it.
    /// - Returns: the process id; wait for it with `wait`.
    public static func start(
        _ path: String, _ arguments: [String], name: String? = nil, environment: [String]? = nil,
        descriptors: [Int32: Int32] = [:], newSession: Bool = false, directory: String? = nil
    ) throws(EscaleError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // First out of the way of the wanted numbers, then onto them; dup2 clears close-on-exec.
        let moves = descriptors.sorted { $0.key < $1.key }
        let spare = spareNumbers(path, descriptors)
        for (pair, number) in zip(moves, spare) {
            posix_spawn_file_actions_adddup2(&actions, pair.value, number)
        }
        for (pair, number) in zip(moves, spare) {
            posix_spawn_file_actions_adddup2(&actions, number, pair.key)
            posix_spawn_file_actions_addclose(&actions, number)
        }
        if let directory { _ = cl_spawn_chdir(&actions, directory) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if newSession { flags |= 0x80 }  // POSIX_SPAWN_SETSID
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        let code = withStrings([name ?? path] + arguments) { argv in
            withStrings(environment ?? Environment.all) { envp in
                path.contains("/")
                    ? posix_spawn(&pid, path, &actions, &attributes, argv, envp)
                    : posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        if code != 0 { throw .system("exec", path, errno: code) }
        return pid
    }

    /// Numbers that the child may overwrite for a moment: none that it gets or takes, nor the one that
    /// the program itself is started through.
    private static func spareNumbers(_ path: String, _ descriptors: [Int32: Int32]) -> [Int32] {
        var used = Set(descriptors.keys).union(descriptors.values)
        if path.hasPrefix("/proc/self/fd/"), let program = Int32(path.dropFirst(14)) { used.insert(program) }
        return Array((10...).lazy.filter { !used.contains($0) }.prefix(descriptors.count))
    }

    /// Waits for a child; the exit status, or 128 + the signal that ended it.
    public static func wait(_ pid: pid_t) throws(EscaleError) -> Int32 {
        var status: Int32 = 0
        try Sys.call("wait", "\(pid)") { waitpid(pid, &status, 0) }
        return exitStatus(status)
    }

    /// wait(2)'s status word as a shell shows it.
    public static func exitStatus(_ status: Int32) -> Int32 {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Runs a program to its end, with `input` on stdin, and gives its output.
    public static func run(
        _ path: String, _ arguments: [String], input: [UInt8] = [], environment: [String]? = nil,
        directory: String? = nil
    ) throws(EscaleError) -> Result {
        let stdin = try Sys.pipe()
        let stdout = try Sys.pipe()
        let stderr = try Sys.pipe()
        let inRead = FD(owning: stdin.read)
        var inWrite: Int32 = stdin.write
        let outRead = FD(owning: stdout.read)
        let outWrite = FD(owning: stdout.write)
        let errRead = FD(owning: stderr.read)
        let errWrite = FD(owning: stderr.write)
        defer { if inWrite >= 0 { close(inWrite) } }
        let pid = try start(
            path, arguments, environment: environment,
            descriptors: [0: inRead.raw, 1: outWrite.raw, 2: errWrite.raw], directory: directory)
        _ = consume inRead
        _ = consume outWrite
        _ = consume errWrite

        var out: [UInt8] = []
        var err: [UInt8] = []
        var rest = input[...]
        if rest.isEmpty {
            close(inWrite)
            inWrite = -1
        } else {
            _ = cl_fcntl(inWrite, F_SETFL, Int(O_NONBLOCK))
        }
        var outOpen = true
        var errOpen = true
        var buffer = [UInt8](repeating: 0, count: 65536)
        while outOpen || errOpen || inWrite >= 0 {
            var polls = [
                pollfd(fd: outOpen ? outRead.raw : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errOpen ? errRead.raw : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inWrite, events: Int16(POLLOUT), revents: 0)
            ]
            try Sys.call("poll") { poll(&polls, 3, -1) }
            if polls[0].revents != 0 {
                let n = Glibc.read(outRead.raw, &buffer, buffer.count)
                if n > 0 { out.append(contentsOf: buffer[..<n]) } else { outOpen = false }
            }
            if polls[1].revents != 0 {
                let n = Glibc.read(errRead.raw, &buffer, buffer.count)
                if n > 0 { err.append(contentsOf: buffer[..<n]) } else { errOpen = false }
            }
            if polls[2].revents != 0 {
                let n = rest.withUnsafeBytes { send(inWrite, $0) }
                if n >= 0 { rest = rest.dropFirst(n) }
                if rest.isEmpty || n < 0 {
                    close(inWrite)
                    inWrite = -1
                }
            }
        }
        return Result(status: try wait(pid), out: out, err: err)
    }

    /// write(2) to a pipe whose reader may have gone: SIGPIPE is held off this thread.
    private static func send(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        var pipe = sigset_t()
        var old = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        let n = write(fd, bytes.baseAddress, bytes.count)
        if n < 0, errno == EAGAIN { return 0 }
        if n < 0, errno == EPIPE {
            var zero = timespec()
            sigtimedwait(&pipe, nil, &zero)
        }
        return n
    }

    /// A NULL-terminated C array of strings for the time of `body`.
    public static func withStrings<R>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let c = strings.map { strdup($0) } + [nil]
        defer { for p in c { free(p) } }
        return body(c)
    }
}
