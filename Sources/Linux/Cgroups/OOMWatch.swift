import CLinux
import Glibc
import Support

/// Tells when the kernel has no memory left for a cgroup (cgroup-v1/memory, "OOM Control", by
/// eventfd(2); cgroup-v2 `memory.events`, by inotify(7)).
public struct OOMWatch: ~Copyable {
    /// Readable when there is something to ask `count` for.
    public let fd: FD
    private let folder: CgroupFolder
    private var kills: UInt64

    public init(_ cgroup: Cgroup) throws(EscaleError) {
        guard let (_, folder) = cgroup.place(of: MemoryController.self) else {
            throw EscaleError(.unavailable, "cgroup: the host has no memory controller")
        }
        let descriptor = try Self.watch(folder).release()
        fd = FD(owning: descriptor)
        self.folder = folder
        kills = folder.version == .v2 ? folder.table("memory.events")["oom_kill"] ?? 0 : 0
    }

    private static func watch(_ folder: CgroupFolder) throws(EscaleError) -> FD {
        guard folder.version == .v1 else {
            let file = "\(folder.path)/memory.events"
            return FD(owning: try Sys.check(cl_watch_file(file), "inotify", file))
        }
        let fd = FD(owning: try Sys.check(cl_eventfd(), "eventfd"))
        let control = try Sys.open("\(folder.path)/memory.oom_control", O_RDONLY)
        try Files.poke("\(folder.path)/cgroup.event_control", "\(fd.raw) \(control.raw)")
        return fd
    }

    /// How often it happened since the last call.
    public mutating func count() -> UInt64 {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let n = Glibc.read(fd.raw, &buffer, buffer.count)
        guard folder.version == .v2 else {
            // The kernel also tells when the cgroup goes.
            guard n == 8, Files.exists(folder.path) else { return 0 }
            return buffer.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        }
        let now = folder.table("memory.events")["oom_kill"] ?? kills
        defer { kills = now }
        return now &- kills
    }
}
