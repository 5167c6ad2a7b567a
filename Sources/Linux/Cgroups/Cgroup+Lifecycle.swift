import Glibc
import Support

extension Cgroup {
    /// Refuses limits that no controller of this host can keep, naming the field.
    public func check(_ limits: CgroupLimits) throws(EscaleError) {
        for controller in Self.controllers where place(of: controller) == nil {
            guard let field = controller.asked(limits).first else { continue }
            if controller.name == DevicesController.name, !Privilege.isHostRoot { continue }
            throw field.refused(
                .unavailable, "the host has no \(controller.name) cgroup controller, of version 1 or 2",
                repair: "leave the limit out, or delegate the controller to this user")
        }
        if limits.unified.isEmpty { return }
        for (file, value) in limits.unified.sorted(by: { $0.key < $1.key }) {
            try checkUnified(CgroupField("unified[\"\(file)\"]", value), file)
        }
    }

    private func checkUnified(_ field: CgroupField, _ file: String) throws(EscaleError) {
        guard !file.contains("/") else { throw field.refused(.invalid, "a file name has no \"/\"") }
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let controller = parts.first else {
            throw field.refused(.invalid, "a file name begins with its controller and a dot")
        }
        guard let unified = host.unified else {
            throw field.refused(.unavailable, "the host has no cgroup v2")
        }
        guard controller == "cgroup" || unified.controllers.contains(String(controller)) else {
            throw field.refused(.unavailable, "cgroup v2 has no \(controller) controller on this host")
        }
    }

    /// Makes its folder in one hierarchy; being there already is fine.
    public func create(in hierarchy: CgroupHost.Hierarchy, for limits: CgroupLimits = .init())
        throws(EscaleError)
    {
        let folder = folder(in: hierarchy)
        if hierarchy.version == .v2 {
            try passDown(unifiedControllers(for: limits, in: hierarchy), hierarchy)
        }
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            try Files.makeDirectory(folder)
        }
        if hierarchy.controllers.contains("cpuset"), hierarchy.version == .v1 {
            try inheritCPUSet(folder, top: hierarchy.mountPoint)
        }
    }

    /// In version 2 a folder's controllers are those that its parents pass down.
    private func passDown(_ names: [String], _ hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        guard !names.isEmpty else { return }
        func missing(_ folder: String) -> [String] {
            let text = (try? Files.text("\(folder)/cgroup.subtree_control")) ?? ""
            let passed = text.split(whereSeparator: \.isWhitespace)
            return names.filter { name in !passed.contains { $0 == name } }
        }
        func pass(in folder: String) {
            let names = missing(folder)
            let file = "\(folder)/cgroup.subtree_control"
            let all = names.map { "+\($0)" }.joined(separator: " ")
            if names.isEmpty || (try? Files.poke(file, all)) != nil { return }
            // Refused where processes are in the parent, or without delegation: a limit that needs it
            // then finds no file, and says so.
            for name in names { try? Files.poke(file, "+\(name)") }
        }
        // The parent's says it for all above it.
        if missing(Path.parent(folder(in: hierarchy))).isEmpty { return }
        var folder = hierarchy.mountPoint
        pass(in: folder)
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            if !Files.exists(folder) { try Files.makeDirectory(folder) }
            pass(in: folder)
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
        for controller in Self.controllers {
            guard let (home, folder) = place(of: controller), home == hierarchy else { continue }
            try controller.apply(limits, to: folder)
        }
        if hierarchy.version == .v2, !limits.unified.isEmpty {
            let writes = limits.unified.sorted { $0.key < $1.key }.map {
                CgroupWrite($0.key, $0.value, for: "unified[\"\($0.key)\"]")
            }
            try CgroupFolder(folder(in: hierarchy), .v2).write(writes, asked: [])
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

    /// Changes the limits of a running container. Hierarchies that it was not in, since nothing was
    /// asked of them, take its processes in.
    public func update(_ limits: CgroupLimits) throws(EscaleError) {
        try check(limits)
        let before = existing
        for hierarchy in hierarchies(for: limits) {
            let isNew = !before.contains(hierarchy)
            if isNew, !isNeeded(by: limits, in: hierarchy) { continue }
            try create(in: hierarchy, for: limits)
            try apply(limits, in: hierarchy)
            if isNew { try moveAll(to: hierarchy) }
        }
    }

    /// Those that fork meanwhile leave children behind: again until there is nobody new.
    private func moveAll(to hierarchy: CgroupHost.Hierarchy) throws(EscaleError) {
        var moved = Set<pid_t>()
        while true {
            let rest = processes().filter { !moved.contains($0) }
            if rest.isEmpty { return }
            for pid in rest {
                moved.insert(pid)
                do { try add(pid, in: hierarchy) } catch {
                    // It has ended.
                    if error.errno != ESRCH { throw error }
                }
            }
        }
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
    /// What is asked of one hierarchy's controllers.
    public func asked(_ limits: CgroupLimits, in hierarchy: CgroupHost.Hierarchy) -> [CgroupField] {
        var fields: [CgroupField] = []
        for controller in Self.controllers where place(of: controller)?.0 == hierarchy {
            if controller.name == DevicesController.name, !Privilege.isHostRoot { continue }
            fields += controller.asked(limits)
        }
        if hierarchy.version == .v2 {
            fields += limits.unified.map { .init("unified[\"\($0.key)\"]", $0.value) }
        }
        return fields
    }

    func isNeeded(by limits: CgroupLimits, in hierarchy: CgroupHost.Hierarchy) -> Bool {
        !asked(limits, in: hierarchy).isEmpty
    }
}
