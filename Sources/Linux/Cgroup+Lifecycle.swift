import Glibc
import Support

extension Cgroup {
    /// Refuses limits that no controller of this host can keep, naming what is missing.
    public func check(_ limits: CgroupLimits) throws(EscaleError) {
        for controller in Self.controllers
        where controller.isNeeded(by: limits) && place(of: controller) == nil {
            throw EscaleError(
                .unavailable,
                "cgroup: the \(controller.name) controller is not available on this host, "
                    + "and the container asks for a limit of it",
                repair: "leave the limit out, or delegate the controller to this user")
        }
        if !limits.unified.isEmpty, host.unified == nil {
            throw EscaleError(.unavailable, "cgroup: unified limits need cgroup v2")
        }
    }

    /// Makes its folder in one hierarchy; being there already is fine.
    public func create(in hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        let folder = folder(in: hierarchy)
        if hierarchy.version == .v2 { try enableControllers(hierarchy) }
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            try Files.makeDirectory(folder)
        }
        if hierarchy.controllers.contains("cpuset"), hierarchy.version == .v1 {
            try inheritCPUSet(folder, top: hierarchy.mountPoint)
        }
    }

    /// In version 2 a folder's controllers are those that its parents pass down.
    private func enableControllers(_ hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        let wanted = hierarchy.controllers.filter { name in
            Self.controllers.contains { $0.unifiedName == name }
        }
        var folder = hierarchy.mountPoint
        let parents: [String] = path.split(separator: "/").dropLast().map(String.init)
        for part in parents + [""] {
            if !Files.exists(folder) { try Files.makeDirectory(folder) }
            for name in wanted {
                // Refused where processes are in the parent, or without delegation: the check of the
                // limits that need it says so.
                try? Files.poke("\(folder)/cgroup.subtree_control", "+\(name)")
            }
            folder += "/\(part)"
        }
    }

    private func inheritCPUSet(_ folder: String, top: String) throws(EscaleError) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let now = try Files.text("\(folder)/\(file)").filter { !$0.isWhitespace }
            guard now.isEmpty, folder != top else { continue }
            let parent = Path.parent(folder)
            try inheritCPUSet(parent, top: top)
            try Files.poke("\(folder)/\(file)", try Files.text("\(parent)/\(file)"))
        }
    }

    /// Writes the limits of one hierarchy's controllers.
    public func apply(_ limits: CgroupLimits, in hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        let folder = folder(in: hierarchy)
        for controller in Self.controllers {
            guard let place = place(of: controller), place.0 == hierarchy else { continue }
            try write(try controller.writes(limits, hierarchy.version), into: folder)
        }
        if hierarchy.version == .v2 {
            let writes = limits.unified.sorted { $0.key < $1.key }.map { CgroupWrite($0.key, $0.value) }
            guard writes.allSatisfy({ !$0.file.contains("/") }) else {
                throw EscaleError(.invalid, "cgroup: unified file names have no \"/\"")
            }
            try write(writes, into: folder)
        }
    }

    private func write(_ writes: [CgroupWrite], into folder: String) throws(EscaleError) {
        // A container has some twenty device rules: their file is opened once.
        var name = ""
        var fd = FD(owning: -1)
        for write in writes {
            let path = "\(folder)/\(write.file)"
            do throws(EscaleError) {
                if write.file != name {
                    fd = try Sys.open(path, O_WRONLY)
                    name = write.file
                }
                do { try Sys.writeAll(fd.raw, write.value.utf8) } catch {
                    throw error.within("\(path): \"\(write.value)\"")
                }
            } catch {
                if write.optional, error.errno == ENOENT || error.errno == EOPNOTSUPP { continue }
                throw error
            }
        }
    }

    /// Moves a process in, in one hierarchy.
    public func add(_ pid: pid_t, in hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        try Files.poke("\(folder(in: hierarchy))/cgroup.procs", "\(pid)")
    }

    /// Moves a process into every hierarchy in which the cgroup exists.
    public func add(_ pid: pid_t) throws(EscaleError) {
        for hierarchy in existing { try add(pid, in: hierarchy) }
    }

    /// Changes the limits of a running container.
    public func update(_ limits: CgroupLimits) throws(EscaleError) {
        try check(limits)
        for hierarchy in existing { try apply(limits, in: hierarchy) }
    }

    private var freezer: (CgroupHost.Hierarchy, String)? {
        let v1 = host.hierarchies.first { $0.version == .v1 && $0.controllers.contains("freezer") }
        guard let hierarchy = v1 ?? host.unified else { return nil }
        let folder = folder(in: hierarchy)
        return Files.exists(folder) ? (hierarchy, folder) : nil
    }

    /// Stops or resumes all its processes.
    public func freeze(_ frozen: Bool) throws(EscaleError) {
        guard let (hierarchy, folder) = freezer else {
            throw EscaleError(.unavailable, "cgroup: no freezer on this host")
        }
        guard hierarchy.version == .v1 else {
            return try Files.poke("\(folder)/cgroup.freeze", frozen ? "1" : "0")
        }
        // Version 1 freezes what it finds and must be told again while processes fork.
        for _ in 0..<1000 {
            try Files.poke("\(folder)/freezer.state", frozen ? "FROZEN" : "THAWED")
            if !frozen { return }
            if try Files.text("\(folder)/freezer.state").hasPrefix("FROZEN") { return }
            usleep(1000)
        }
        try? Files.poke("\(folder)/freezer.state", "THAWED")
        throw EscaleError(.timeout, "cgroup: unable to freeze \(path)")
    }

    public var isFrozen: Bool {
        guard let (hierarchy, folder) = freezer else { return false }
        let file = hierarchy.version == .v1 ? "freezer.state" : "cgroup.freeze"
        let text = (try? Files.text("\(folder)/\(file)")) ?? ""
        return text.hasPrefix("FR") || text.hasPrefix("1")
    }

    /// SIGKILL to all processes in it, those that fork meanwhile too. Returns once none is left.
    public func killAll() throws(EscaleError) {
        // The top is everybody's.
        if path == "/" { return }
        let unified = host.unified.map { folder(in: $0) }
        for round in 0..<2000 {
            let all = processes()
            if all.isEmpty { return }
            if let unified, (try? Files.poke("\(unified)/cgroup.kill", "1")) != nil, round < 100 {
                // Done by the kernel, forks included.
            } else {
                let frozen = (try? freeze(true)) != nil
                for pid in processes() where pid > 0 { kill(pid, SIGKILL) }
                if frozen { try? freeze(false) }
            }
            if isFrozen { try? freeze(false) }
            for pid in all {
                // Children of ours that nobody waits for would stay as zombies.
                waitpid(pid, nil, WNOHANG)
            }
            usleep(round < 50 ? 200 : 2000)
        }
        throw EscaleError(.timeout, "cgroup: processes of \(path) survive SIGKILL")
    }

    /// Removes it from every hierarchy, folders below it included. No process may be left.
    public func remove() throws(EscaleError) {
        for hierarchy in existing { try Self.remove(folder(in: hierarchy)) }
    }

    private static func remove(_ folder: String) throws(EscaleError) {
        for attempt in 0..<200 {
            if rmdir(folder) == 0 || errno == ENOENT { return }
            let code = errno
            guard code == EBUSY || code == ENOTEMPTY else { throw .system("rmdir", folder, errno: code) }
            for child in subfolders(of: folder) { try remove(child) }
            // A process that has just ended holds its cgroup for a moment longer.
            if attempt > 0 { usleep(attempt < 20 ? 100 : 5000) }
        }
        throw .system("rmdir", folder, errno: EBUSY)
    }
}

extension Cgroup {
    /// Whether one of these limits is kept in that hierarchy.
    public func isNeeded(by limits: CgroupLimits, in hierarchy: CgroupHost.Hierarchy) -> Bool {
        Self.controllers.contains { $0.isNeeded(by: limits) && place(of: $0)?.0 == hierarchy }
    }
}
