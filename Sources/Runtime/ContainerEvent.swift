import Linux
import Support

/// What `events` tells, in runc's shape (a JSON object a line).
package enum ContainerEvent {
    package static func stats(_ id: String, _ stats: CgroupStats) -> JSON {
        ["type": "stats", "id": .string(id), "data": data(stats)]
    }

    package static func oom(_ id: String) -> JSON { ["type": "oom", "id": .string(id)] }

    private static func data(_ s: CgroupStats) -> JSON {
        [
            "cpu": [
                "usage": cpuUsage(s),
                "throttling": object([
                    ("periods", count(s.cpuPeriods)), ("throttledPeriods", count(s.cpuThrottledPeriods)),
                    ("throttledTime", count(s.cpuThrottledTime))
                ])
            ],
            "cpuset": cpuset(s), "memory": memory(s),
            "pids": object([("current", count(s.pids)), ("limit", count(s.pidsLimit))]),
            "blkio": object([
                ("ioServiceBytesRecursive", disks(s.ioBytes)), ("ioServicedRecursive", disks(s.ioOperations))
            ]),
            "hugetlb": .object(
                JSONObject(
                    s.hugepages.sorted { $0.key < $1.key }.map { size, n in
                        let failures: JSON = .uint(n.failures ?? 0)
                        let counts = [("usage", count(n.usage)), ("max", count(n.max)), ("failcnt", failures)]
                        return (size, object(counts))
                    })),
            "intel_rdt": [:], "network_interfaces": .null
        ]
    }

    private static func cpuUsage(_ s: CgroupStats) -> JSON {
        func list(_ numbers: [UInt64]) -> JSON? {
            numbers.isEmpty ? nil : .array(numbers.map { .uint($0) })
        }
        return object([
            ("total", count(s.cpuUsage)), ("percpu", list(s.perCPU)), ("percpu_kernel", list(s.perCPUSystem)),
            ("percpu_user", list(s.perCPUUser)), ("kernel", .uint(s.cpuSystem ?? 0)),
            ("user", .uint(s.cpuUser ?? 0))
        ])
    }

    private static func cpuset(_ s: CgroupStats) -> JSON {
        func list(_ text: String?) -> JSON? {
            let numbers = numbers(text ?? "")
            return numbers.isEmpty ? nil : .array(numbers.map { .int(Int64($0)) })
        }
        func flag(_ name: String) -> (String, JSON?) { (name, .int(s.cpusetSwitches[name] ?? 0)) }
        return object([
            ("cpus", list(s.cpus)), flag("cpu_exclusive"), ("mems", list(s.mems)), flag("mem_hardwall"),
            flag("mem_exclusive"), flag("memory_migrate"), flag("memory_spread_page"),
            flag("memory_spread_slab"), flag("memory_pressure"), flag("sched_load_balance"),
            flag("sched_relax_domain_level")
        ])
    }

    private static func memory(_ s: CgroupStats) -> JSON {
        func entry(_ n: CgroupStats.Counter) -> JSON {
            // Nothing counted: no limit either.
            let limit = n.limit ?? (n.usage == nil ? 0 : s.unlimited)
            return object([
                ("limit", .uint(limit)), ("usage", count(n.usage)), ("max", count(n.max)),
                ("failcnt", .uint(n.failures ?? 0))
            ])
        }
        var whole = CgroupStats.Counter()
        whole.usage = s.memoryUsage
        whole.max = s.memoryMaxUsage
        whole.limit = s.memoryLimit
        whole.failures = s.memoryFailures
        return object([
            ("cache", count(s.memoryDetails["cache"] ?? s.memoryDetails["file"])), ("usage", entry(whole)),
            ("swap", entry(s.swap)), ("kernel", entry(s.kernelMemory)),
            ("kernelTCP", entry(s.kernelTCPMemory)),
            (
                "raw",
                s.memoryDetails.isEmpty
                    ? nil
                    : .object(
                        JSONObject(
                            s.memoryDetails.sorted { $0.key < $1.key }.map { ($0.key, .uint($0.value)) }))
            )
        ])
    }

    private static func disks(_ counts: [CgroupStats.IOCount]) -> JSON? {
        guard !counts.isEmpty else { return nil }
        return .array(
            counts.map {
                object([
                    ("major", count($0.major)), ("minor", count($0.minor)), ("op", .string($0.operation)),
                    ("value", count($0.value))
                ])
            })
    }

    /// runc leaves a 0 out.
    private static func count(_ n: UInt64?) -> JSON? { n.flatMap { $0 == 0 ? nil : .uint($0) } }

    private static func object(_ members: [(String, JSON?)]) -> JSON {
        .object(JSONObject(members.compactMap { key, value in value.map { (key, $0) } }))
    }

    /// `0-2,4` one by one.
    package static func numbers(_ list: String) -> [Int] {
        var numbers: [Int] = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { continue }
            numbers += first...last
        }
        return numbers
    }
}
