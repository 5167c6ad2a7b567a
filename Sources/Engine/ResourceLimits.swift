import OCI
import Support

/// Limits of one container: `HostConfig` of a create or an update, checked as Docker checks them.
package struct ResourceLimits: Equatable, Sendable {
    /// Bytes; 0 for none. `memorySwap` is both together, -1 for no limit.
    package var memory = 0
    package var memorySwap = 0
    package var memoryReservation = 0
    package var nanoCPUs = 0
    package var cpuShares = 0
    package var cpuPeriod = 0
    package var cpuQuota = 0
    package var cpusetCPUs = ""
    package var cpusetMems = ""
    /// 0 or less for none.
    package var pids = 0

    package static let minimumMemory = 6 << 20

    /// - Parameter cpus: how many CPUs the host has.
    package init(_ host: JSONObject, cpus: Int) throws(EscaleError) {
        memory = host.number("Memory")
        memorySwap = host.number("MemorySwap")
        memoryReservation = host.number("MemoryReservation")
        nanoCPUs = host.number("NanoCpus")
        cpuShares = host.number("CpuShares")
        cpuPeriod = host.number("CpuPeriod")
        cpuQuota = host.number("CpuQuota")
        cpusetCPUs = host.text("CpusetCpus")
        cpusetMems = host.text("CpusetMems")
        pids = host.number("PidsLimit")
        try checkMemory()
        try checkCPU(cpus)
    }

    private func checkMemory() throws(EscaleError) {
        func bad(_ text: String) -> EscaleError { EscaleError(.invalid, text) }
        guard memory >= 0, memoryReservation >= 0 else { throw bad("invalid memory limit") }
        if memory > 0, memory < Self.minimumMemory { throw bad("Minimum memory limit allowed is 6MB") }
        if memory == 0, memorySwap > 0 {
            throw bad("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if memory > 0, memorySwap > 0, memorySwap < memory {
            throw bad("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if memorySwap < -1 { throw bad("invalid memory+swap limit: \(memorySwap)") }
        if memoryReservation > 0, memoryReservation < Self.minimumMemory {
            throw bad("Minimum memory reservation allowed is 6MB")
        }
        if memory > 0, memoryReservation > memory {
            throw bad("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
    }

    private func checkCPU(_ cpus: Int) throws(EscaleError) {
        func bad(_ text: String) -> EscaleError { EscaleError(.invalid, text) }
        if nanoCPUs > 0, cpuPeriod > 0 {
            throw bad("Conflicting options: Nano CPUs and CPU Period cannot both be set")
        }
        if nanoCPUs > 0, cpuQuota > 0 {
            throw bad("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
        }
        if nanoCPUs < 0 || nanoCPUs > cpus * 1_000_000_000 {
            throw bad(
                "range of CPUs is from 0.01 to \(cpus).00, as there are only \(cpus) CPUs available")
        }
        if cpuShares < 0 { throw bad("shares can not be negative") }
        if cpuPeriod != 0, !(1000...1_000_000).contains(cpuPeriod) {
            throw bad("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if cpuQuota > 0, cpuQuota < 1000 { throw bad("CPU cfs quota can not be less than 1ms (i.e. 1000)") }
        guard let wanted = Self.cpuList(cpusetCPUs) else {
            throw bad("Invalid value \(cpusetCPUs) for cpuset cpus")
        }
        if let highest = wanted.max(), highest >= cpus {
            throw bad(
                "Requested CPUs are not available - requested \(cpusetCPUs), available: 0-\(cpus - 1)")
        }
        guard Self.cpuList(cpusetMems) != nil else {
            throw bad("Invalid value \(cpusetMems) for cpuset mems")
        }
    }

    /// `0-2,4` as numbers; nil where it is something else.
    package static func cpuList(_ text: String) -> [Int]? {
        if text.isEmpty { return [] }
        var numbers: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                first >= 0, first <= last, last < 8192
            else { return nil }
            numbers += first...last
        }
        return numbers
    }

    /// The cgroup part of the spec. Memory without a word on swap gets as much swap again, as in Docker.
    package var oci: RuntimeSpec.Resources {
        var resources = RuntimeSpec.Resources()
        if memory > 0 || memoryReservation > 0 {
            let swap: Int? = memory == 0 ? nil : (memorySwap == 0 ? memory * 2 : memorySwap)
            resources.memory = .init(
                limit: memory > 0 ? Int64(memory) : nil,
                reservation: memoryReservation > 0 ? Int64(memoryReservation) : nil,
                swap: swap.map { Int64($0) })
        }
        var cpu = RuntimeSpec.CPU()
        if cpuShares > 0 { cpu.shares = UInt64(cpuShares) }
        if nanoCPUs > 0 {
            cpu.period = 100_000
            cpu.quota = Int64(nanoCPUs) * 100_000 / 1_000_000_000
        } else {
            if cpuPeriod > 0 { cpu.period = UInt64(cpuPeriod) }
            if cpuQuota != 0 { cpu.quota = Int64(cpuQuota) }
        }
        if !cpusetCPUs.isEmpty { cpu.cpus = cpusetCPUs }
        if !cpusetMems.isEmpty { cpu.mems = cpusetMems }
        if cpu != RuntimeSpec.CPU() { resources.cpu = cpu }
        if pids > 0 { resources.pids = .init(limit: Int64(pids)) }
        return resources
    }
}

/// `--ulimit nofile=1024:2048`.
enum Ulimits {
    static let names: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio", "rttime", "sigpending", "stack"
    ]

    static func parse(_ items: [JSON]) throws(EscaleError) -> [RuntimeSpec.Rlimit] {
        var limits: [RuntimeSpec.Rlimit] = []
        for item in items {
            let name = item["Name"].string ?? ""
            guard names.contains(name) else { throw EscaleError(.invalid, "invalid ulimit type: \(name)") }
            guard let soft = item["Soft"].int, let hard = item["Hard"].int else {
                throw EscaleError(.invalid, "invalid ulimit \(name): Soft and Hard must be integers")
            }
            guard hard == -1 || soft != -1 && soft <= hard else {
                throw EscaleError(
                    .invalid, "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
            }
            limits.append(
                .init(type: "RLIMIT_\(name.uppercased())", soft: unlimited(soft), hard: unlimited(hard)))
        }
        return limits
    }

    /// -1 is RLIM_INFINITY.
    private static func unlimited(_ n: Int) -> UInt64 { n < 0 ? UInt64.max : UInt64(n) }
}
