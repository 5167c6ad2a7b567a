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
        try Sys.call("wait") { waitpid(helper.pid, nil, 0) }
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
            if request == Array("network".utf8) { break }
        }
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
    /// The namespace's end: slirp4netns ends when it closes. PROGRAM inherits it.
    private let held: Int32
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
        let pasta = [
            "--config-net", "--quiet", "-t", "none", "-u", "none", "-T", "none", "-U", "none", "\(pid)"
        ]
        if (try? Spawn.run("pasta", pasta).status) == 0 { return }
        let ready = try Sys.pipe()
        let slirp = [
            "--configure", "--mtu=65520", "--disable-host-loopback", "--exit-fd=3", "--ready-fd=4", "\(pid)",
            "tap0"
        ]
        let null = try Sys.open("/dev/null", O_RDWR)
        let started = try? Spawn.start(
            "slirp4netns", slirp,
            descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: watched, 4: ready.write],
            newSession: true)
        close(ready.write)
        if started != nil, (try? Files.readAll(ready.read, limit: 1))?.first == UInt8(ascii: "1") { return }
        Output.err("rootless: neither pasta nor slirp4netns works here: no network outside the kit\n")
    }
}
