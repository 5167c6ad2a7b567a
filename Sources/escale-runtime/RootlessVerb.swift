import CLinux
import Glibc
import Linux
import Runtime
import Support

/// `rootless -- PROGRAM ARGS…`: becomes PROGRAM as root of new user, mount and network namespaces, with
/// all of the caller's subordinate ids where it has some, and a way to the outside where a program for
/// that is installed.
enum RootlessVerb {
    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        let command = words.first == "--" ? Array(words.dropFirst()) : words
        guard let program = command.first else {
            throw EscaleError(.invalid, "rootless: a program is required")
        }
        let maps = SubordinateIDs.forCaller()
        let outside = try Outside()
        // The helper stays outside: only there do newuidmap and pasta have their rights.
        let (ours, theirs) = try PacketSocket.pair()
        let target = getpid()
        let helper = try Sys.clone(0)
        if helper.pid == 0 {
            close(ours)
            serve(PacketSocket(FD(owning: theirs)), target, maps, outside)
        }
        close(theirs)
        close(helper.pidfd)
        let socket = PacketSocket(FD(owning: ours))
        try Namespace.unshare([.user])
        try ask(socket, "maps")
        try Sys.check(cl_setresgid(0, 0, 0), "setgid")
        try Sys.check(cl_setresuid(0, 0, 0), "setuid")
        try Namespace.unshare([.mount, .network, .ipc, .uts])
        try Mount.setPropagation("/", .slave, recursive: true)
        try ask(socket, "network")
        outside.keep()
        throw exec(program, command)
    }

    private static func ask(_ socket: borrowing PacketSocket, _ what: String) throws(EscaleError) {
        try socket.send(Array(what.utf8))
        let answer = String(decoding: try socket.receive().bytes, as: UTF8.self)
        guard answer == "done" else { throw EscaleError(.denied, "rootless: \(answer)") }
    }

    private static func serve(
        _ socket: consuming PacketSocket, _ target: pid_t, _ maps: SubordinateIDs, _ outside: Outside
    ) -> Never {
        while let request = try? socket.receive().bytes, !request.isEmpty {
            var answer = "done"
            do {
                if request == Array("maps".utf8) {
                    try maps.write(target)
                } else {
                    try outside.connect(target)
                }
            } catch {
                answer = error.message
            }
            try? socket.send(Array(answer.utf8))
            // The terminal's signals are the program's.
            setsid()
            if request == Array("network".utf8) { break }
        }
        outside.watch()
        _exit(0)
    }

    private static func exec(_ program: String, _ command: [String]) -> EscaleError {
        let code: Int32 = Spawn.withStrings(command) { argv in
            execvp(program, argv)
            return errno
        }
        return .system("exec", program, errno: code)
    }
}

/// The ids that a user may give away (subuid(5)).
struct SubordinateIDs {
    let uid = geteuid()
    let gid = getegid()
    var users: (start: UInt32, count: UInt32)?
    var groups: (start: UInt32, count: UInt32)?

    static func forCaller() -> SubordinateIDs {
        var ids = SubordinateIDs()
        let name = getpwuid(ids.uid).map { String(cString: $0.pointee.pw_name) } ?? ""
        ids.users = find(name, ids.uid, in: (try? Files.text("/etc/subuid")) ?? "")
        ids.groups = find(name, ids.uid, in: (try? Files.text("/etc/subgid")) ?? "")
        return ids
    }

    /// `name:start:count`; the first line of the user, by name or number.
    static func find(_ name: String, _ uid: UInt32, in text: String) -> (start: UInt32, count: UInt32)? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":")
            if fields.count == 3, fields[0] == name || fields[0] == String(uid),
                let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0
            {
                return (start, count)
            }
        }
        return nil
    }

    /// All ids where newuidmap(1) lets us, else only the caller's own, as root.
    func write(_ pid: pid_t) throws(EscaleError) {
        if let users, let groups, uid != 0,
            run("newuidmap", pid, uid, users), run("newgidmap", pid, gid, groups)
        {
            return
        }
        if uid == 0 {
            try Files.poke("/proc/\(pid)/uid_map", "0 0 4294967295\n")
            try Files.poke("/proc/\(pid)/gid_map", "0 0 4294967295\n")
            return
        }
        Output.err(
            "rootless: no subordinate ids (uidmap, /etc/subuid): files of an image all belong to this user\n")
        try Files.poke("/proc/\(pid)/setgroups", "deny")
        try Files.poke("/proc/\(pid)/uid_map", "0 \(uid) 1\n")
        try Files.poke("/proc/\(pid)/gid_map", "0 \(gid) 1\n")
    }

    private func run(
        _ program: String, _ pid: pid_t, _ own: UInt32, _ range: (start: UInt32, count: UInt32)
    ) -> Bool {
        let words = ["\(pid)", "0", "\(own)", "1", "1", "\(range.start)", "\(range.count)"]
        return (try? Spawn.run(program, words).status) == 0
    }
}

/// The way out of a network namespace for a user without privilege: pasta(1), else slirp4netns(1).
final class Outside {
    /// PROGRAM and its children inherit it: its end is theirs.
    private let held: Int32
    /// The process of pasta or slirp4netns.
    private var helper: pid_t = 0
    private let watched: Int32

    init() throws(EscaleError) {
        let pipe = try Sys.pipe()
        held = pipe.write
        watched = pipe.read
    }

    /// In the program's process: the end of `held` is the program's end.
    func keep() {
        close(watched)
        _ = cl_fcntl(held, F_SETFD, 0)
    }

    func connect(_ pid: pid_t) throws(EscaleError) {
        close(held)
        if try startPasta(pid) { return }
        if try startSlirp(pid) { return }
        Output.err("rootless: neither pasta nor slirp4netns works here: no network outside the kit\n")
    }

    /// It goes to the background once the network works; its number comes through a pipe.
    private func startPasta(_ pid: pid_t) throws(EscaleError) -> Bool {
        let number = try Sys.pipe()
        let null = try Sys.open("/dev/null", O_RDWR)
        let words = [
            "--config-net", "--quiet", "--pid", "/dev/fd/3", "-t", "none", "-u", "none", "-T", "none",
            "-U", "none", "\(pid)"
        ]
        let started = try? Spawn.start(
            "pasta", words, descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: number.write],
            newSession: true)
        close(number.write)
        defer { close(number.read) }
        guard let started, (try? Spawn.wait(started)) == 0 else { return false }
        // One read: pasta keeps its end open.
        var bytes = [UInt8](repeating: 0, count: 32)
        let n = read(number.read, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, n)), as: UTF8.self)
        helper = pid_t(text.filter(\.isNumber)) ?? 0
        return helper > 0
    }

    private func startSlirp(_ pid: pid_t) throws(EscaleError) -> Bool {
        let ready = try Sys.pipe()
        let null = try Sys.open("/dev/null", O_RDWR)
        let words = [
            "--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3", "\(pid)", "tap0"
        ]
        let started = try? Spawn.start(
            "slirp4netns", words, descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: ready.write],
            newSession: true)
        close(ready.write)
        defer { close(ready.read) }
        guard let started else { return false }
        guard (try? Files.readAll(ready.read, limit: 1))?.first == UInt8(ascii: "1") else { return false }
        helper = started
        return true
    }

    /// In the helper: stays until the program and its children are gone, then ends what it started.
    func watch() {
        guard helper > 0 else { return }
        _ = try? Files.readAll(watched)
        kill(helper, SIGTERM)
    }
}
