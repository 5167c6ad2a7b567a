import Glibc
import Support

/// Stopping all processes at once. It limits nothing.
public enum FreezerController: CgroupController {
    public static let name = "freezer"
    public static let isCore = true
}

extension Cgroup {
    private var freezer: CgroupFolder? {
        guard let (_, folder) = place(of: FreezerController.self), Files.exists(folder.path) else {
            return nil
        }
        return folder
    }

    /// Stops or resumes all its processes; returns once they have.
    public func freeze(_ frozen: Bool) throws(EscaleError) {
        guard let folder = freezer else {
            throw EscaleError(.unavailable, "cgroup: no freezer on this host")
        }
        // Version 1 freezes what it finds and must be told again while processes fork; version 2 is
        // told once.
        let isV1 = folder.version == .v1
        if !isV1 { try Files.poke("\(folder.path)/cgroup.freeze", frozen ? "1" : "0") }
        for _ in 0..<1000 {
            if isV1 { try Files.poke("\(folder.path)/freezer.state", frozen ? "FROZEN" : "THAWED") }
            if !frozen { return }
            let done =
                isV1
                ? folder.text("freezer.state")?.hasPrefix("FROZEN") == true
                : folder.table("cgroup.events")["frozen"] == 1
            if done { return }
            usleep(1000)
        }
        try? Files.poke("\(folder.path)/\(isV1 ? "freezer.state" : "cgroup.freeze")", isV1 ? "THAWED" : "0")
        throw EscaleError(.timeout, "cgroup: unable to freeze \(path)")
    }

    public var isFrozen: Bool {
        guard let folder = freezer else { return false }
        let text = folder.text(folder.version == .v1 ? "freezer.state" : "cgroup.freeze") ?? ""
        return text.hasPrefix("FR") || text.hasPrefix("1")
    }
}
