import DockerClient
import Glibc
import Linux
import Registry
import Support

/// The machine itself: Docker's API, the VM launcher, files and /proc.
public struct LiveWorld: World {
    let kit: Kit
    let docker: DockerClient
    let measures = MeasureCache()

    public init(kit: Kit) {
        self.kit = kit
        docker = DockerClient(kit: kit)
    }

    /// An engine's failure as a reason that a learner can act on.
    static func unread(_ error: EscaleError) -> Unread {
        Unread("le moteur répond : « \(error.message) »", help: error.repair ?? "")
    }

    /// Nil where the engine says that there is no such thing.
    func find(_ path: String) throws(Unread) -> JSON? {
        do { return try docker.get(path) } catch {
            if error.code == .notFound { return nil }
            throw Self.unread(error)
        }
    }

    public func container(_ name: String) throws(Unread) -> JSON? {
        try find("/containers/\(DockerClient.encode(name))/json")
    }

    public func containers() throws(Unread) -> [JSON] {
        do { return try docker.get("/containers/json", [("all", "1")]).array ?? [] } catch {
            throw Self.unread(error)
        }
    }

    public func remove(container: String) throws(Unread) {
        do {
            try docker.delete("/containers/\(DockerClient.encode(container))", [("force", "1"), ("v", "1")])
        } catch  where error.code == .notFound {
            return
        } catch { throw Self.unread(error) }
    }

    public func stop(registry folder: String) throws(Unread) {
        do { try BackgroundRegistries(kit: kit).stop(root: folder) } catch { throw Unread(error.message) }
    }

    public func log(container: String) throws(Unread) -> String {
        do {
            let response = try docker.request(
                "GET", "/containers/\(DockerClient.encode(container))/logs",
                [("stdout", "1"), ("stderr", "1")])
            let isTTY =
                try docker.get("/containers/\(DockerClient.encode(container))/json")["Config"]["Tty"].bool
                ?? false
            if isTTY { return String(decoding: response.body, as: UTF8.self) }
            var decoder = FrameDecoder()
            return String(decoding: try decoder.feed(response.body).flatMap(\.data), as: UTF8.self)
        } catch { throw Self.unread(error) }
    }

    public func events(since: Timestamp) throws(Unread) -> [ContainerEvent] {
        func text(_ t: Timestamp) -> String {
            let nano = String(t.nanoseconds % 1_000_000_000)
            return "\(t.seconds).\(String(repeating: "0", count: 9 - nano.count))\(nano)"
        }
        do {
            let response = try docker.request(
                "GET", "/events", [("since", text(since)), ("until", text(.now))])
            let lines = response.body.split(separator: 10).compactMap { try? JSON.parse(Array($0)) }
            return EventStream.containers(lines)
        } catch { throw Self.unread(error) }
    }

    public func hostFile(_ path: String) throws(Unread) -> String? {
        do { return String(decoding: try Files.read(path, limit: 16 << 20), as: UTF8.self) } catch {
            if error.code == .notFound { return nil }
            throw Unread("\(path) ne se lit pas : \(error.message)")
        }
    }

    public func age(_ path: String) throws(Unread) -> Double? {
        var s = stat()
        guard stat(path, &s) == 0 else { return nil }
        let written = Double(s.st_mtim.tv_sec) + Double(s.st_mtim.tv_nsec) / 1e9
        return max(Double(Timestamp.now.nanoseconds) / 1e9 - written, 0)
    }

    public func namespace(_ kind: String, pid: Int) throws(Unread) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        var n = readlink("/proc/\(pid)/ns/\(kind)", &buffer, buffer.count)
        // An ordinary user may not look at PID 1, but shares the host's namespaces with it.
        if n < 0, errno == EACCES, pid == 1 { n = readlink("/proc/self/ns/\(kind)", &buffer, buffer.count) }
        guard n > 0 else {
            throw Unread("/proc/\(pid)/ns/\(kind) ne se lit pas : \(ErrnoText.text(errno))")
        }
        let link = String(decoding: buffer[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return link.filter(\.isNumber)
    }

    public func cgroupFile(_ file: String, pid: Int) throws(Unread) -> String {
        guard let text = try? Files.text("/proc/\(pid)/cgroup") else {
            throw Unread("le processus \(pid) n’existe plus")
        }
        for path in CgroupFile.candidates(file, procCgroup: text) {
            if let found = try hostFile(path) { return found }
        }
        throw Unread("« \(file) » n’existe pas dans le cgroup du processus \(pid)")
    }

    public func isAlive(pid: Int) -> Bool {
        guard let stat = try? Files.text("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else {
            return false
        }
        // A zombie has ended, though nobody has said so yet.
        return stat[stat.index(after: end)...].drop { $0 == " " }.first != "Z"
    }

    public func spawnTime() throws(Unread) -> Double {
        let start = Monotonic.now
        do { _ = try Spawn.run("/bin/true", []) } catch {
            throw Unread("l’hôte ne lance plus de programme : \(error.message)")
        }
        return start.elapsedMilliseconds
    }

    public func missing(_ need: Need) -> String? {
        switch need {
        case .container:
            do { _ = try docker.request("GET", "/_ping") } catch {
                return "cette étape demande des conteneurs : \(error.message)"
            }
            return nil
        case .vm: return withoutMachines().map { "cette étape demande des machines virtuelles : \($0)" }
        case .network: return nil
        case .limits:
            guard let info = try? docker.get("/info") else { return nil }
            let lacks = ["MemoryLimit", "PidsLimit"].filter { info[$0].bool == false }
            return lacks.isEmpty
                ? nil
                : "cette étape demande des limites de cgroup, que cet hôte n’applique pas (\(lacks.joined(separator: ", ")))"
        }
    }

    public func http(_ url: String) throws(Unread) -> (status: Int, body: String) {
        let answer = try request("GET", url, headers: [])
        return (answer.status, answer.body)
    }
    public func request(_ method: String, _ url: String, headers: [String]) throws(Unread) -> HTTPAnswer {
        try HTTPProbe.request(method, url, headers: headers)
    }
}

/// Docker's events, as checks need them. Pure.
enum EventStream {
    /// A word that our own commands in containers carry, so that they don't count as the learner's.
    static let ownMark = "escale-verification"

    static func containers(_ lines: [JSON]) -> [ContainerEvent] {
        let container = lines.filter { $0["Type"].string == "container" }
        let own = Set(
            container.filter { $0["Action"].string?.contains(ownMark) == true }.compactMap {
                $0["Actor"]["Attributes"]["execID"].string
            })
        return container.compactMap { line in
            let attributes = line["Actor"]["Attributes"]
            guard let action = line["Action"].string, let name = attributes["name"].string,
                let nano = line["timeNano"].int
            else { return nil }
            if let id = attributes["execID"].string, own.contains(id) { return nil }
            // `exec_create: sh -c …`: the command is no part of the action.
            let word = action.split(separator: ":", maxSplits: 1).first.map(String.init) ?? action
            return ContainerEvent(
                name: name, action: word, time: Timestamp(nanoseconds: Int64(nano)),
                exitCode: attributes["exitCode"].string, signal: attributes["signal"].string)
        }
    }
}

/// Where a cgroup file of a process is, on v1, v2 and hybrid hosts. Pure.
enum CgroupFile {
    /// v1 names of v2 files.
    private static let older = [
        "memory.max": "memory.limit_in_bytes", "memory.current": "memory.usage_in_bytes",
        "memory.events": "memory.oom_control", "memory.peak": "memory.max_usage_in_bytes",
        "cpu.weight": "cpu.shares", "cpu.max": "cpu.cfs_quota_us"
    ]

    /// - Parameters:
    ///   - file: the v2 name.
    ///   - procCgroup: `/proc/PID/cgroup` (cgroups(7)).
    static func candidates(_ file: String, procCgroup: String) -> [String] {
        let controller = file.split(separator: ".").first.map(String.init) ?? file
        var paths: [String] = []
        for line in procCgroup.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 3 else { continue }
            let path = parts[2]
            if parts[1].isEmpty {
                paths += ["/sys/fs/cgroup\(path)/\(file)", "/sys/fs/cgroup/unified\(path)/\(file)"]
            } else if parts[1].split(separator: ",").contains(Substring(controller)) {
                for mount in [parts[1], controller] {
                    paths.append("/sys/fs/cgroup/\(mount)\(path)/\(file)")
                    if let old = older[file] { paths.append("/sys/fs/cgroup/\(mount)\(path)/\(old)") }
                }
            }
        }
        return paths
    }
}
