import Linux
import Support

extension Engine {
    /// - Parameters:
    ///   - force: also a running one, which is killed.
    ///   - volumes: its anonymous volumes too.
    package func remove(_ reference: String, force: Bool, volumes: Bool) async throws(EscaleError) {
        let c = try find(reference)
        if c.state.isRunning || c.state.status == .restarting || c.launching != nil, !force {
            throw conflict(
                "cannot remove container \"\(reference)\": container is \(c.state.status.rawValue): "
                    + (c.state.status == .paused
                        ? "unpause and then stop the container before removing or force remove"
                        : "stop the container before removing or force remove"))
        }
        await c.lock.lock()
        defer { c.lock.unlock() }
        await settled(c)
        try stillThere(c)
        c.restartTask?.cancel()
        c.restartTask = nil
        if c.state.isRunning {
            c.state.stoppedByUser = true
            if c.state.status == .paused { try? Cgroup(path: cgroupPath(c.id)).freeze(false) }
            try await killAndWait(c)
            // With --rm its end has begun to remove it, and waits for our lock.
        }
        try await discard(c, volumes: volumes || c.options.autoRemove)
    }

    /// What `--rm` does at the end of a container.
    func autoRemove(_ id: String) async {
        guard let c = containers[id] else { return }
        await c.lock.lock()
        defer { c.lock.unlock() }
        guard containers[id] === c, !c.state.isRunning else { return }
        do { try await discard(c, volumes: true) } catch {
            log("remove \(c.record.shortID): \(error.message)")
            c.state.status = .dead
            wake(c, .init(status: c.state.exitCode, error: error.message), removed: true)
        }
    }

    /// Removes the container's files; its lock is held and it does not run. They go all at once: a daemon
    /// that dies here finds the whole container or nothing of it.
    private func discard(_ c: Container, volumes: Bool) async throws(EscaleError) {
        c.state.status = .removing
        let paths = c.paths
        let anonymous = volumes ? anonymousVolumes(c) : []
        try trash.discard(paths.folder)
        containers[c.id] = nil
        if names[c.record.name] == c.id { names[c.record.name] = nil }
        for exec in c.execs.keys { execs[exec] = nil }
        for name in anonymous {
            do { try await removeVolume(name, force: true) } catch { log(error.message) }
        }
        for waiter in c.attachments { waiter.drop() }
        c.attachments = []
        emit(c, "destroy")
        wake(c, .init(status: c.state.exitCode, error: nil), removed: true)
    }

    package func rename(_ reference: String, to wanted: String) async throws(EscaleError) {
        let c = try find(reference)
        guard !wanted.isEmpty else { throw EscaleError(.invalid, "Neither old nor new names may be empty") }
        let name = try Names.check(wanted)
        await c.lock.lock()
        defer { c.lock.unlock() }
        try stillThere(c)
        if name == c.record.name {
            throw EscaleError(.invalid, "Renaming a container with the same name as its current name")
        }
        try checkFree(name)
        let old = c.record.name
        c.record.name = name
        do { try Files.replace(c.paths.record, c.record.json().bytes(), mode: 0o600) } catch {
            c.record.name = old
            throw error
        }
        names[old] = nil
        names[name] = c.id
        if let address = c.state.address {
            networking.setNames(id: c.id, address: address, names: hostNames(c))
        }
        emit(c, "rename", [("oldName", "/" + old)])
    }

    /// Changes limits and restart policy (`docker update`).
    package func update(_ reference: String, _ body: JSON) async throws(EscaleError) -> [String] {
        let c = try find(reference)
        guard let given = body.object else { throw EscaleError(.invalid, "expected an object") }
        await c.lock.lock()
        defer { c.lock.unlock() }
        try stillThere(c)
        let accepted: Set<String> = [
            "Memory", "MemorySwap", "MemoryReservation", "NanoCpus", "CpuShares", "CpuPeriod", "CpuQuota",
            "CpusetCpus", "CpusetMems", "PidsLimit", "RestartPolicy"
        ]
        var host = c.options.host
        for (key, value) in given.members.map({ ($0.key, $0.value) })
        where !RequestSchema.asksForNothing(value) {
            guard accepted.contains(key) else {
                throw EscaleError(.invalid, "\(key) cannot be changed by update in this engine")
            }
            if key == "RestartPolicy", (value["Name"].string ?? "").isEmpty { continue }
            // One way of limiting the CPU takes the place of the other.
            if key == "NanoCpus" { for k in ["CpuPeriod", "CpuQuota"] { host[k] = 0 } }
            if key == "CpuQuota" || key == "CpuPeriod" { host["NanoCpus"] = 0 }
            host[key] = value
        }
        // `--pids-limit -1` asks for something: no limit any more.
        if given["PidsLimit"]?.int == -1 { host["PidsLimit"] = -1 }
        let options = try ContainerOptions(
            config: c.options.config,
            host: try RequestSchema.normalise(.object(host), RequestSchema.hostConfig, at: "HostConfig"),
            endpoints: c.options.endpoints, cpus: self.host.cpus)
        if c.state.isRunning, options.limits != c.options.limits {
            try Cgroup(path: cgroupPath(c.id)).update(options.limits.cgroup)
        }
        let old = c.record.options
        c.record.options = options
        do { try Files.replace(c.paths.record, c.record.json().bytes(), mode: 0o600) } catch {
            c.record.options = old
            throw error
        }
        emit(c, "update")
        return []
    }

    /// Removes all that have ended; ids and bytes freed.
    package func prune(_ filters: Filters) async throws(EscaleError) -> (ids: [String], bytes: Int) {
        var removed: [String] = []
        var bytes = 0
        for c in Array(containers.values)
        where !c.state.isRunning && c.state.status != .restarting && c.launching == nil {
            let labels = c.options.config["Labels"]?.object ?? JSONObject()
            guard filters.all("label", { LabelFilter($0).matches { labels[$0]?.string } }),
                filters.all("label!", { !LabelFilter($0).matches { labels[$0]?.string } }),
                try filters.allowsUntil(c.record.created)
            else { continue }
            let upper = c.paths.upper
            let size = (try? await Blocking.run { () throws(EscaleError) in DiskUsage.bytes(upper) }) ?? 0
            do { try await remove(c.id, force: false, volumes: false) } catch { continue }
            removed.append(c.id)
            bytes += size
        }
        return (removed, bytes)
    }
}

extension ResourceLimits {
    /// For `Cgroup.update`: as `oci`, with "no limit" written out, since it may be one that goes.
    var cgroup: CgroupLimits {
        let oci = oci
        var limits = CgroupLimits()
        limits.memory = oci.memory?.limit
        limits.memorySwap = oci.memory?.swap
        limits.memoryReservation = oci.memory?.reservation
        limits.cpuShares = oci.cpu?.shares
        limits.cpuQuota = oci.cpu?.quota
        limits.cpuPeriod = oci.cpu?.period
        limits.cpus = oci.cpu?.cpus
        limits.mems = oci.cpu?.mems
        limits.pids = pids < 0 ? -1 : oci.pids?.limit
        return limits
    }
}
