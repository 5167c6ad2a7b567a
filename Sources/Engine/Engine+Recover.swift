import Glibc
import Linux
import ShimProtocol
import Support

extension Engine {
    /// Takes up what an earlier daemon left, which may have died between any two steps: finds living
    /// containers again, learns how the others ended, finishes what was half done, sweeps what belongs
    /// to nobody.
    package func recover() async throws(EscaleError) {
        for folder in [kit.containers, "\(kit.run)/containers", "\(kit.run)/s", runtimeRoot] {
            try Files.makeDirectory(folder, mode: 0o711)
        }
        try trash.open()
        let shims = ShimProcesses.list(kit)
        var restarts: [(Container, Bool)] = []
        for id in try Files.list(kit.containers) {
            guard let c = load(id) else { continue }
            containers[id] = c
            names[c.record.name] = id
            let wasRunning = c.state.isRunning || c.state.status == .restarting
            if c.isBuildStep {
                ShimProcesses.end(shims[id] ?? [], patience: 0)
            } else if await reconnect(c) {
                continue
            }
            // At its end a shim writes exit.json before it cleans up; before its start it gives up when it
            // finds nobody there.
            ShimProcesses.end(shims[id] ?? [], patience: Files.exists(c.paths.exit) ? 3000 : 200)
            await buried(c, wasRunning: wasRunning)
            restarts.append((c, wasRunning))
        }
        try await sweepLeftovers(shims)
        await restoreNetwork()
        for (c, wasRunning) in restarts { afterBoot(c, wasRunning: wasRunning) }
        prepareNext()
    }

    /// nil for what is no container: one whose create or removal was not finished goes for good.
    private func load(_ id: String) -> Container? {
        let paths = ContainerPaths(kit: kit, id: id)
        guard Files.exists(paths.record) else {
            // Of a half-done removal: `container.json` is the first to go and the last to come.
            let isOurs = id.utf8.count == 64 && Names.isValid(id)
            if isOurs { do { try Files.removeTree(paths.folder) } catch { log(error.message) } }
            return nil
        }
        do throws(EscaleError) {
            let record = try ContainerRecord(try JSON.parse(try Files.read(paths.record)), cpus: host.cpus)
            guard record.id == id else {
                throw EscaleError(.corrupt, "container.json: id of another container")
            }
            guard names[record.name] == nil else {
                throw EscaleError(.corrupt, "container.json: name \(record.name) used twice")
            }
            var state = ContainerState()
            if let bytes = try? Files.read(paths.state) {
                do { state = try JSON.parse(bytes).decode() } catch {
                    log("container \(id.prefix(12)): state.json: \(error.message); taken as exited")
                    state.status = .exited
                }
            }
            return Container(record: record, state: state, paths: paths)
        } catch {
            // Kept aside for whoever can read it.
            log("container \(id.prefix(12)): \(error.message): left alone in \(paths.folder)")
            return nil
        }
    }

    /// True when the container runs and we hold its shim again.
    private func reconnect(_ c: Container) async -> Bool {
        guard Files.exists(c.paths.socket) else { return false }
        let link: any ShimLink
        do { link = try launcher.reconnect(socket: c.paths.socket) } catch { return false }
        var events = link.events.makeAsyncIterator()
        let timer = Task {
            try await Task.sleep(nanoseconds: 5_000_000_000)
            link.close()
        }
        let first = await events.next(isolation: self)
        timer.cancel()
        guard case .started = first else {
            // It waits for a start that nobody will give any more. Without us it ends; wait for that.
            link.close()
            while await events.next(isolation: self) != nil {}
            return false
        }
        c.link = link
        c.lastExit = nil
        let pid = runtimePID(c.id)
        c.state.pid = pid ?? c.state.pid
        if !c.state.isRunning || c.state.startedAt == nil { c.state.startedAt = Timestamp.now.rfc3339 }
        let frozen = (try? Cgroup(path: cgroupPath(c.id)))?.isFrozen ?? false
        c.state.status = frozen ? .paused : .running
        adoptAddress(c)
        c.startedAt = .now
        saveStateOrLog(c)
        networking.adopt(id: c.id, c.state.ports)
        watch(c.id, link)
        startHealth(c)
        return true
    }

    /// The daemon may have died after the start and before writing it down: the address is then still
    /// in what the shim was given.
    private func adoptAddress(_ c: Container) {
        guard c.state.address == nil, let bytes = try? Files.read(c.paths.shim),
            let config = try? JSON.parse(bytes).decode(ShimConfig.self), let network = config.network
        else { return }
        c.state.address = network.address
        c.state.prefix = network.prefix
        c.state.gateway = network.gateway
        c.state.mac = network.mac
    }

    private func runtimePID(_ id: String) -> Int? {
        // The last line of the runtime's journal.
        guard let bytes = try? Files.read("\(runtimeRoot)/\(id)/state", limit: 1 << 20),
            let line = bytes.split(separator: 10).last
        else { return nil }
        return try? JSON.parse(Array(line))["pid"].int
    }

    /// Writes down how a container ended that is not alive any more.
    private func buried(_ c: Container, wasRunning: Bool) async {
        let exit = Self.readExit(c.paths.exit)
        let hadRun = Files.exists(c.paths.run)
        if hadRun { await sweepRun(c, abnormal: exit == nil) }
        c.state.pid = 0
        c.state.address = nil
        c.state.gateway = nil
        c.state.mac = nil
        c.state.prefix = nil
        c.state.ports = []
        if let exit, hadRun {
            c.state.status = .exited
            c.state.exitCode = exit.status
            c.state.oomKilled = exit.oomKilled
            c.state.finishedAt = exit.finishedAt
        } else if wasRunning {
            if c.state.status != .restarting {
                c.state.exitCode = 137
                c.state.finishedAt = Timestamp.now.rfc3339
            }
            c.state.status = .exited
        } else if c.state.status == .removing {
            c.state.status = .exited
        } else if hadRun, c.state.startedAt == nil {
            c.state.status = .created
            c.state.error = "the engine ended while the container was starting"
        }
        saveStateOrLog(c)
    }

    /// Interfaces, addresses, cgroups and run folders of nobody.
    private func sweepLeftovers(_ shims: [String: [pid_t]]) async throws(EscaleError) {
        for id in try Files.list("\(kit.run)/containers") where containers[id] == nil {
            let paths = ContainerPaths(kit: kit, id: id)
            ShimProcesses.end(shims[id] ?? [], patience: 200)
            do {
                try launcher.cleanUp(id: id, cgroup: cgroupPath(id), runtimeRoot: runtimeRoot)
                try Files.removeTree(paths.run)
            } catch { log(error.message) }
        }
        let living = Set(containers.values.filter { $0.link != nil }.map(\.id))
        for id in (try? CgroupLeftovers.list(cgroupPath(""))) ?? [] where !living.contains(id) {
            do { try launcher.cleanUp(id: id, cgroup: cgroupPath(id), runtimeRoot: runtimeRoot) } catch {
                log(error.message)
            }
        }
        for name in try Files.list(runtimeRoot) where !living.contains(name) && name.utf8.count == 64 {
            do { try Files.removeTree("\(runtimeRoot)/\(name)") } catch { log(error.message) }
        }
    }

    private func restoreNetwork() async {
        let living = containers.values.filter { $0.link != nil && $0.state.address != nil }
        do { try networking.sweep(alive: Set(living.map(\.id))) } catch { log(error.message) }
        for c in living {
            networking.setNames(id: c.id, address: c.state.address ?? "", names: hostNames(c))
        }
        do { try await publishPorts() } catch { log(error.message) }
    }

    private func afterBoot(_ c: Container, wasRunning: Bool) {
        if c.isBuildStep || c.options.autoRemove && (c.state.status != .created || wasRunning) {
            let id = c.id
            Task { await self.autoRemove(id) }
            return
        }
        let restarts = c.options.restart.restartsAtBoot(
            wasRunning: wasRunning, status: c.state.exitCode, stopped: c.state.stoppedByUser,
            count: c.state.restartCount)
        if restarts { scheduleRestart(c, ranFor: 10_000) }
    }

    /// Shims whose daemon ends stay: nothing is told to them.
    package func shutDown() {
        for c in containers.values { c.restartTask?.cancel() }
    }
}

/// Cgroups of containers of this kit, in any hierarchy.
enum CgroupLeftovers {
    static func list(_ parent: String) throws(EscaleError) -> Set<String> {
        var ids = Set<String>()
        for hierarchy in try CgroupHost.detect().hierarchies {
            let folder = Path.clean(hierarchy.mountPoint + parent)
            for name in (try? Files.list(folder)) ?? [] where name.utf8.count == 64 { ids.insert(name) }
        }
        return ids
    }
}
