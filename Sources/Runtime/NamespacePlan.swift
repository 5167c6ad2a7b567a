import CLinux
import Glibc
import Linux
import OCI
import Support

/// The namespaces of a container: which are new, which are joined, in the order that works.
final class NamespacePlan {
    private let asked: [RuntimeSpec.Namespace]
    /// Opened before clone, by the runtime.
    private var open: [(Namespace, Int32)] = []
    /// What the runtime itself was in when it joined nothing yet.
    private var ownInodes: [Namespace: UInt64] = [:]

    init(_ namespaces: [RuntimeSpec.Namespace]) throws(EscaleError) {
        asked = namespaces
        var seen = Set<RuntimeSpec.Namespace.Kind>()
        for namespace in namespaces where !seen.insert(namespace.type).inserted {
            throw EscaleError(.invalid, "linux.namespaces: duplicated ns \"\(namespace.type.rawValue)\"")
        }
    }

    deinit { for (_, fd) in open { close(fd) } }

    static func kind(_ kind: RuntimeSpec.Namespace.Kind) -> Namespace {
        // The names are the same; `time` is the last resort that the compiler asks for.
        Namespace(rawValue: kind.rawValue) ?? .time
    }

    /// The open user namespace that is joined, -1 for none.
    var joinedUser: Int32 { open.first { $0.0 == .user }?.1 ?? -1 }
    func contains(_ kind: Namespace) -> Bool { asked.contains { Self.kind($0.type) == kind } }
    func creates(_ kind: Namespace) -> Bool {
        asked.contains { Self.kind($0.type) == kind && ($0.path ?? "").isEmpty }
    }

    /// Whether the container has mounts of its own: a new namespace of them.
    var isolatesMounts: Bool { contains(.mount) }

    /// For clone3. The cgroup namespace comes later, by unshare, once the process is in its cgroup.
    var cloneFlags: UInt64 {
        Namespace.allCases.filter { creates($0) && $0 != .cgroup && $0 != .time }
            .reduce(0) { $0 | $1.cloneFlag }
    }

    var names: String {
        Namespace.allCases.filter { creates($0) && $0 != .cgroup }.map { "CLONE_NEW\($0.constant)" }
            .joined(separator: "|")
    }

    func openJoined() throws(EscaleError) {
        for (i, namespace) in asked.enumerated() {
            guard let path = namespace.path, !path.isEmpty else { continue }
            let field = "linux.namespaces[\(i)].path"
            let fd: FD
            // A path may name anything: nothing of it is waited for.
            do { fd = try Sys.open(path, O_RDONLY | O_NONBLOCK) } catch { throw error.within(field) }
            guard fd.fileSystem == .namespaces else {
                throw EscaleError(.invalid, "\(field): \"\(path)\": not a namespace")
            }
            let kind = Self.kind(namespace.type)
            ownInodes[kind] = kind.inode(of: nil)
            open.append((kind, fd.release()))
        }
    }

    /// Whether the container has a namespace of that kind that is not the runtime's own.
    func separates(_ kind: Namespace) -> Bool {
        if creates(kind) { return true }
        guard let (_, fd) = open.first(where: { $0.0 == kind }) else { return false }
        var s = stat()
        return fstat(fd, &s) == 0 && UInt64(s.st_ino) != ownInodes[kind]
    }

    /// Whether others must be joined before the container's process is born. A user namespace owns those
    /// that are made in it, so one that is joined comes first of all; and from within a new one, others
    /// can't be joined any more.
    var joinsFirst: Bool {
        open.contains { $0.0 == .user } || creates(.user) && open.contains { $0.0 != .pid }
    }

    /// Children of the caller are born in the joined PID namespace from now on, until `leavePid`.
    func enterPid() throws(EscaleError) {
        for (kind, fd) in open where kind == .pid { try join(kind, fd) }
    }

    func leavePid() {
        guard open.contains(where: { $0.0 == .pid }), let own = try? Sys.open("/proc/self/ns/pid", O_RDONLY)
        else { return }
        try? Namespace.pid.join(own)
    }

    /// Joins all, but the PID namespace only where the process is not the container's own yet. As the host's root the user namespace last, since it takes the
    /// right to join what it does not own; what was refused before it is tried again after it.
    func join(steps: Steps) throws(EscaleError) {
        let order: [Namespace] = (joinsFirst ? [.pid] : []) + [.ipc, .uts, .network, .cgroup, .time, .mount]
        let joined = order.flatMap { kind in open.filter { $0.0 == kind } }
        var refused: [(Namespace, Int32)] = []
        let user = open.first { $0.0 == .user }
        for (kind, fd) in joined {
            do throws(EscaleError) {
                try step(kind, steps) { () throws(EscaleError) in try join(kind, fd) }
            } catch {
                guard user != nil, error.errno == EPERM else { throw error }
                refused.append((kind, fd))
            }
        }
        guard let user else { return }
        try step(.user, steps) { () throws(EscaleError) in
            try join(.user, user.1)
            try Sys.check(cl_setresgid(0, 0, 0), "setgid", "0 in the joined user namespace")
            try Sys.check(cl_setresuid(0, 0, 0), "setuid", "0 in the joined user namespace")
        }
        for (kind, fd) in refused {
            try step(kind, steps) { () throws(EscaleError) in try join(kind, fd) }
        }
    }

    private func step(
        _ kind: Namespace, _ steps: Steps, _ body: () throws(EscaleError) -> Void
    ) throws(EscaleError) {
        try steps.run("namespace.\(kind.rawValue)", "setns", kind.rawValue, body)
    }

    /// Clocks of its own (time_namespaces(7)). Their offsets can be set only while nobody is in the new
    /// namespace, so it is made first and entered after.
    func makeTime(_ offsets: [String: RuntimeSpec.TimeOffset], steps: Steps) throws(EscaleError) {
        guard creates(.time) else { return }
        let lines = offsets.sorted { $0.key < $1.key }.map { clock, offset in
            "\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)\n"
        }
        try steps.run("namespace.time", "unshare", "CLONE_NEWTIME \(lines.joined(separator: " "))") {
            () throws(EscaleError) in
            try Namespace.unshare([.time])
            if !lines.isEmpty { try ProcFile.write("self/timens_offsets", lines.joined()) }
            try Namespace.time.join(try Sys.open("/proc/self/ns/time_for_children", O_RDONLY))
        }
    }

    private func join(_ kind: Namespace, _ fd: Int32) throws(EscaleError) {
        let borrowed = FD(owning: fd)
        do {
            try kind.join(borrowed)
            _ = borrowed.release()
        } catch {
            _ = borrowed.release()
            throw error
        }
    }
}

extension Namespace {
    /// As in CLONE_NEW….
    var constant: String {
        switch self {
        case .mount: "NS"
        case .network: "NET"
        default: rawValue.uppercased()
        }
    }
}
