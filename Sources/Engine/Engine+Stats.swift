import Glibc
import Linux
import Support

extension Engine {
    /// One reading, with the one before it.
    /// - Parameter previous: an earlier result's `cpu_stats` and `read`.
    package func stats(_ reference: String, previous: JSON?) throws(EscaleError) -> JSON {
        let c = try find(reference)
        let name: JSON = .string("/" + c.record.name)
        guard c.state.isRunning else {
            return StatsDocument.empty(id: c.id, name: name)
        }
        let cgroup = try Cgroup(path: cgroupPath(c.id))
        let networks = c.options.network.mode == .host ? [] : InterfaceCounters.read(pid: c.state.pid)
        return StatsDocument.make(
            id: c.id, name: name, stats: cgroup.stats(), processes: cgroup.processes().count, host: host,
            system: StatsDocument.systemCPU(), networks: networks, memoryLimit: c.options.limits.memory,
            previous: previous)
    }

    package func isRunning(_ reference: String) throws(EscaleError) -> Bool {
        try find(reference).state.isRunning
    }
}

/// Docker's document of statistics.
package enum StatsDocument {
    package static func empty(id: String, name: JSON) -> JSON {
        let cpu: JSON = [
            "cpu_usage": ["total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0],
            "throttling_data": ["periods": 0, "throttled_periods": 0, "throttled_time": 0]
        ]
        return [
            "id": .string(id), "name": name, "read": .string(ContainerState.never),
            "preread": .string(ContainerState.never),
            "pids_stats": [:], "blkio_stats": blockIO(nil, nil), "num_procs": 0, "storage_stats": [:],
            "cpu_stats": cpu, "precpu_stats": cpu, "memory_stats": [:]
        ]
    }

    package static func make(
        id: String, name: JSON, stats: CgroupStats, processes: Int, host: HostFacts, system: UInt64,
        networks: [InterfaceCounters], memoryLimit: Int, previous: JSON?
    ) -> JSON {
        var doc = JSONObject([
            ("id", .string(id)), ("name", name), ("read", .string(Timestamp.now.rfc3339)),
            ("preread", previous?["read"] ?? .string(ContainerState.never)),
            ("pids_stats", pids(stats, processes)),
            ("blkio_stats", blockIO(stats.readBytes, stats.writeBytes)),
            ("num_procs", 0), ("storage_stats", [:]), ("cpu_stats", cpu(stats, host, system)),
            ("precpu_stats", previous?["cpu_stats"] ?? empty(id: id, name: name)["cpu_stats"]),
            ("memory_stats", memory(stats, host, limit: memoryLimit))
        ])
        if !networks.isEmpty {
            doc["networks"] = .object(JSONObject(networks.map { ($0.name, $0.json) }))
        }
        return .object(doc)
    }

    private static func number(_ n: UInt64?) -> JSON { n.map { .uint($0) } ?? 0 }

    private static func pids(_ s: CgroupStats, _ processes: Int) -> JSON {
        var o = JSONObject([("current", number(s.pids ?? UInt64(processes)))])
        // Docker gives Go's largest number for "no limit".
        o["limit"] = number(s.pidsLimit ?? UInt64.max)
        return .object(o)
    }

    private static func cpu(_ s: CgroupStats, _ host: HostFacts, _ system: UInt64) -> JSON {
        var usage = JSONObject([("total_usage", number(s.cpuUsage))])
        if !s.perCPU.isEmpty { usage["percpu_usage"] = .array(s.perCPU.map { .uint($0) }) }
        usage["usage_in_kernelmode"] = number(s.cpuSystem)
        usage["usage_in_usermode"] = number(s.cpuUser)
        return [
            "cpu_usage": .object(usage), "system_cpu_usage": .uint(system), "online_cpus": JSON(host.cpus),
            "throttling_data": [
                "periods": number(s.cpuPeriods), "throttled_periods": number(s.cpuThrottledPeriods),
                "throttled_time": number(s.cpuThrottledTime)
            ]
        ]
    }

    private static func memory(_ s: CgroupStats, _ host: HostFacts, limit: Int) -> JSON {
        // Beyond the host's memory a limit is none: then Docker shows the host's.
        let bound = min(s.memoryLimit ?? UInt64.max, UInt64(host.memory))
        var o = JSONObject([("usage", number(s.memoryUsage))])
        if let max = s.memoryMaxUsage { o["max_usage"] = .uint(max) }
        o["stats"] = .object(
            JSONObject(s.memoryDetails.sorted { $0.key < $1.key }.map { ($0.key, .uint($0.value)) }))
        if let failures = s.memoryFailures { o["failcnt"] = .uint(failures) }
        o["limit"] = .uint(limit > 0 ? min(UInt64(limit), bound) : bound)
        return .object(o)
    }

    private static func blockIO(_ read: UInt64?, _ write: UInt64?) -> JSON {
        var list: [JSON] = []
        if let read { list.append(["major": 0, "minor": 0, "op": "read", "value": .uint(read)]) }
        if let write { list.append(["major": 0, "minor": 0, "op": "write", "value": .uint(write)]) }
        return [
            "io_service_bytes_recursive": list.isEmpty ? .null : .array(list), "io_serviced_recursive": .null,
            "io_queue_recursive": .null, "io_service_time_recursive": .null, "io_wait_time_recursive": .null,
            "io_merged_recursive": .null, "io_time_recursive": .null, "sectors_recursive": .null
        ]
    }

    /// Nanoseconds that all CPUs have spent since boot (proc(5), /proc/stat).
    static func systemCPU() -> UInt64 {
        let text = (try? Files.text("/proc/stat")) ?? ""
        return systemCPU(text, ticksPerSecond: UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }

    package static func systemCPU(_ text: String, ticksPerSecond: UInt64) -> UInt64 {
        let fields = text.split(separator: "\n").first?.split(separator: " ").dropFirst().prefix(7) ?? []
        return fields.compactMap { UInt64($0) }.reduce(0, +) * (1_000_000_000 / ticksPerSecond)
    }
}

/// Bytes and packets of one interface of a container.
package struct InterfaceCounters: Equatable, Sendable {
    package var name: String
    /// Receive: bytes, packets, errors, drops; then the same for transmit.
    package var values: [UInt64]

    package init(name: String, values: [UInt64]) {
        self.name = name
        self.values = values
    }

    /// /proc/PID/net/dev of the container, without its loopback.
    static func read(pid: Int) -> [InterfaceCounters] {
        parse((try? Files.text("/proc/\(pid)/net/dev")) ?? "")
    }

    package static func parse(_ text: String) -> [InterfaceCounters] {
        text.split(separator: "\n").dropFirst(2).compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let name = parts[0].filter { !$0.isWhitespace }
            let n = parts[1].split(separator: " ").compactMap { UInt64($0) }
            guard n.count >= 12, name != "lo" else { return nil }
            return InterfaceCounters(name: name, values: Array(n[0..<4] + n[8..<12]))
        }
    }

    var json: JSON {
        let keys = [
            "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors",
            "tx_dropped"
        ]
        return .object(JSONObject(zip(keys, values).map { ($0, .uint($1)) }))
    }
}
