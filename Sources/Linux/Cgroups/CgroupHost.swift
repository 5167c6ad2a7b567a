import Glibc
import Support

/// Where this host keeps its cgroups: version 1, version 2 or both (cgroups(7)).
public struct CgroupHost: Sendable, Equatable {
    public enum Version: Sendable { case v1, v2 }

    /// One mounted hierarchy.
    public struct Hierarchy: Sendable, Equatable {
        public var version: Version
        public var mountPoint: String
        /// `memory`, `cpu`…; `name=systemd` for a named one.
        public var controllers: [String]

        public init(version: Version, mountPoint: String, controllers: [String]) {
            self.version = version
            self.mountPoint = mountPoint
            self.controllers = controllers
        }
    }

    public var hierarchies: [Hierarchy]

    public init(hierarchies: [Hierarchy]) { self.hierarchies = hierarchies }

    /// As it was when first asked for in this process or, for the first process of a container, in the
    /// runtime that made it: a start looks many times.
    public static func current() throws(EscaleError) -> CgroupHost { try seen.get() }
    private static let seen = Result { () throws(EscaleError) in try detect() }

    /// Looks at the mounts of the calling process.
    public static func detect() throws(EscaleError) -> CgroupHost {
        var host = parse(mountinfo: try Files.text("/proc/self/mountinfo"))
        for i in host.hierarchies.indices where host.hierarchies[i].version == .v2 {
            let file = "\(host.hierarchies[i].mountPoint)/cgroup.controllers"
            let text = (try? Files.text(file)) ?? ""
            host.hierarchies[i].controllers = text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        return host
    }

    /// Reads `/proc/self/mountinfo` (proc(5)); controllers of version 2 are left empty.
    public static func parse(mountinfo text: String) -> CgroupHost {
        var found: [Hierarchy] = []
        // By bytes: as characters, a few dozen mounts take a millisecond.
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let bytes = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard let dash = bytes.firstIndex(where: { $0.elementsEqual("-".utf8) }), bytes.count > dash + 3,
                dash > 5, bytes[dash + 1].starts(with: "cgroup".utf8)
            else { continue }
            let fields = bytes.map { Substring($0) }
            let mountPoint = unescape(fields[4])
            switch fields[dash + 1] {
            case "cgroup":
                let words = fields[dash + 3].split(separator: ",").map(String.init)
                let controllers = words.filter {
                    ($0.hasPrefix("name=") || known.contains($0)) && !$0.isEmpty
                }
                if found.contains(where: { $0.version == .v1 && $0.controllers == controllers }) { continue }
                found.append(.init(version: .v1, mountPoint: mountPoint, controllers: controllers))
            case "cgroup2":
                if found.contains(where: { $0.version == .v2 }) { continue }
                found.append(.init(version: .v2, mountPoint: mountPoint, controllers: []))
            default: continue
            }
        }
        return CgroupHost(hierarchies: found)
    }

    /// Controllers of version 1, among other mount options.
    private static let known: Set<String> = [
        "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "memory", "net_cls",
        "net_prio", "perf_event", "pids", "rdma", "misc"
    ]

    /// mountinfo writes blanks as `\040`.
    private static func unescape(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var bytes: [UInt8] = []
        let all = Array(text.utf8)
        var i = 0
        while i < all.count {
            if all[i] == UInt8(ascii: "\\"), i + 3 < all.count,
                let code = UInt8(String(decoding: all[i + 1...i + 3], as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                i += 4
            } else {
                bytes.append(all[i])
                i += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The hierarchy that a controller is in; version 1 first, as what is mounted there is not in 2.
    public func hierarchy(of controller: String) -> Hierarchy? {
        hierarchies.first { $0.version == .v1 && $0.controllers.contains(controller) }
            ?? hierarchies.first { $0.version == .v2 && $0.controllers.contains(controller) }
    }

    /// The hierarchy that a controller is in. Those of `isCore` are in version 2 wherever that is.
    func home(of controller: any CgroupController.Type) -> Hierarchy? {
        hierarchies.first { $0.version == .v1 && $0.controllers.contains(controller.name) }
            ?? hierarchies.first {
                $0.version == .v2 && (controller.isCore || $0.controllers.contains(controller.unifiedName))
            }
    }

    public var unified: Hierarchy? { hierarchies.first { $0.version == .v2 } }

    public enum Mode: String, Sendable { case none, v1, hybrid, v2 }
    public var mode: Mode {
        let v1 = hierarchies.contains { $0.version == .v1 }
        return v1 ? (unified == nil ? .v1 : .hybrid) : (unified == nil ? .none : .v2)
    }
}
