import Glibc
import Linux
import Support

/// Probes of the kernel. Each tries the real thing in a child process or a namespace of its own.
enum KernelProbes {
    /// The namespaces of a container, in a child: unshare(1) of util-linux, so that this process, which
    /// may have threads, stays as it is.
    static func namespaces(isRoot: Bool) -> DoctorFacts.Trial {
        let kinds = ["--mount", "--pid", "--fork", "--net", "--ipc", "--uts", "--cgroup"]
        return unshare((isRoot ? [] : ["--user", "--map-root-user"]) + kinds + ["true"])
    }

    static func userNamespaces() -> DoctorFacts.Trial { unshare(["--user", "--map-root-user", "true"]) }

    static func userNamespaceLimits() -> [String: String] {
        var found: [String: String] = [:]
        for name in [
            "kernel.unprivileged_userns_clone", "user.max_user_namespaces",
            "kernel.apparmor_restrict_unprivileged_userns"
        ] {
            let path = "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })
            if let text = try? Files.text(path) { found[name] = text.filter(\.isNumber) }
        }
        return found
    }

    /// Mounts an overlay in the folder where layers are kept, and writes through it. On another file
    /// system the answer may differ.
    static func overlay(root: String, isRoot: Bool) -> DoctorFacts.Trial {
        let folder = "\(existing(root))/.escale-doctor-\(Hex.random(4))"
        guard mkdir(folder, 0o700) == 0 else { return .untried("\(root) : \(ErrnoText.text(errno))") }
        defer { try? Files.removeTree(folder) }
        let script = """
            cd "$1" && mkdir l u w m && echo a >l/f &&
            mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m && echo b >m/f &&
            test "$(cat u/f)" = b
            status=$?; umount m 2>/dev/null; rm -rf l u w m; exit $status
            """
        return unshare(
            (isRoot ? [] : ["--user", "--map-root-user"]) + ["--mount", "sh", "-c", script, "sh", folder])
    }

    private static func unshare(_ arguments: [String]) -> DoctorFacts.Trial {
        do {
            let result = try Spawn.run("unshare", arguments)
            if result.status == 0 { return .works }
            let said = result.errorText.split(separator: "\n").first.map(String.init)
            return .fails(said ?? "code de retour \(result.status)")
        } catch {
            return .untried(error.message)
        }
    }

    private static let ownNetwork = ["--user", "--map-root-user", "--net"]

    /// A bridge and a pair in a network namespace that ends with the probe.
    static func bridge(isRoot: Bool) -> DoctorFacts.Trial {
        guard isRoot else {
            guard let ip = ProgramProbes.find("ip") else { return .untried("sans être root") }
            return unshare(ownNetwork + [ip, "link", "add", "escale-doctor", "type", "bridge"])
        }
        do {
            let netns = try NetworkNamespace.new()
            let peers = try NetworkNamespace.new()
            var netlink = try Netlink(netns: netns)
            try netlink.send(.createBridge("escale-doctor", LinkChange(up: true)))
            try netlink.send(
                .createVeth("ve-doctor", LinkChange(up: true), peer: "eth0", LinkChange(), netns: peers))
            return .works
        } catch {
            return .fails(error.message)
        }
    }

    /// Lists tables: needs the program, the kernel's part and the right to.
    static func nft(isRoot: Bool) -> DoctorFacts.Trial {
        guard let nft = ProgramProbes.find("nft") else { return .fails("nft est absent") }
        guard isRoot else { return unshare(ownNetwork + [nft, "list", "tables"]) }
        do {
            let result = try Spawn.run(nft, ["list", "tables"])
            let said = result.errorText.split(separator: "\n").first.map(String.init) ?? ""
            return result.status == 0 ? .works : .fails(said)
        } catch {
            return .fails(error.message)
        }
    }

    /// Whether iptables' FORWARD chain, as Docker leaves it, drops by default.
    static func forwardDrop(isRoot: Bool) -> Bool {
        guard isRoot, let nft = ProgramProbes.find("nft"),
            let result = try? Spawn.run(nft, ["list", "chain", "ip", "filter", "FORWARD"])
        else { return false }
        return result.status == 0 && result.text.contains("policy drop")
    }

    /// For each controller that containers use: can a limit be set? Root tries with a cgroup of its own
    /// making; others need their own cgroup delegated to them.
    static func controllers(_ host: CgroupHost, isRoot: Bool) -> [String: Bool] {
        var found: [String: Bool] = [:]
        for name in ["memory", "cpu", "pids", "cpuset", "freezer"] {
            guard let hierarchy = host.hierarchy(of: name) else { continue }
            found[name] = isRoot ? canMake(in: hierarchy.mountPoint) : isDelegated(hierarchy, name)
        }
        return found
    }

    private static func canMake(in mountPoint: String) -> Bool {
        let folder = "\(mountPoint)/escale-doctor-\(Hex.random(4))"
        guard mkdir(folder, 0o755) == 0 else { return false }
        rmdir(folder)
        return true
    }

    private static func isDelegated(_ hierarchy: CgroupHost.Hierarchy, _ controller: String) -> Bool {
        let text = (try? Files.text("/proc/self/cgroup")) ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let names = fields[1].split(separator: ",").map(String.init)
            guard hierarchy.version == .v2 ? fields[1].isEmpty : names.contains(controller) else { continue }
            let folder = hierarchy.mountPoint + fields[2]
            if hierarchy.version == .v2 {
                let own = (try? Files.text("\(folder)/cgroup.controllers")) ?? ""
                guard own.split(whereSeparator: \.isWhitespace).contains(Substring(controller)) else {
                    return false
                }
            }
            return access("\(folder)/cgroup.procs", W_OK) == 0 && access(String(folder), W_OK) == 0
        }
        return false
    }

    /// The folder, or the nearest one above it that is there.
    static func existing(_ path: String) -> String {
        var path = Path.clean(path)
        while !Files.isDirectory(path), path != "/", path != "." { path = Path.parent(path) }
        return path
    }
}
