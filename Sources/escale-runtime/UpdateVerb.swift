import Linux
import OCI
import Runtime
import Support

/// `update [flags] ID`: changes the limits of a container that runs. What no flag names stays.
enum UpdateVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var flags: [(name: String, value: String)] = []
        let (id, rest) = try Arguments.id(words, verb: "update") {
            (arguments, name, value) throws(EscaleError) in
            guard name == "resources" || name == "r" || flagNames.contains(name) else {
                throw Arguments.unknown(name)
            }
            flags.append((name, try arguments.value(name, value)))
        }
        guard rest.isEmpty else {
            throw EscaleError(.invalid, "update: unexpected argument \"\(rest[0])\"")
        }
        try global.store.update(id, CgroupLimits(changing: try resources(flags)))
        return 0
    }

    static let flagNames: Set<String> = [
        "memory", "memory-swap", "memory-reservation", "kernel-memory", "kernel-memory-tcp", "cpu-share",
        "cpu-quota", "cpu-period", "cpu-burst", "cpu-idle", "cpu-rt-period", "cpu-rt-runtime",
        "cpuset-cpus", "cpuset-mems", "pids-limit", "blkio-weight"
    ]

    /// A file, or stdin for `-`, has it all and flags don't count, as with runc.
    private static func resources(_ flags: [(name: String, value: String)]) throws(EscaleError)
        -> RuntimeSpec.Resources
    {
        if let (_, path) = flags.last(where: { $0.name == "resources" || $0.name == "r" }) {
            let bytes = path == "-" ? try Files.readAll(0) : try Files.read(path)
            do { return try JSON.parse(bytes).read() } catch { throw error.within("linux.resources") }
        }
        var memory = RuntimeSpec.Memory()
        var cpu = RuntimeSpec.CPU()
        var resources = RuntimeSpec.Resources()
        for (name, value) in flags {
            switch name {
            case "memory": memory.limit = try bytes(name, value)
            case "memory-swap": memory.swap = try bytes(name, value)
            case "memory-reservation": memory.reservation = try bytes(name, value)
            case "kernel-memory": memory.kernel = try bytes(name, value)
            case "kernel-memory-tcp": memory.kernelTCP = try bytes(name, value)
            case "cpu-share": cpu.shares = try number(name, value)
            case "cpu-quota": cpu.quota = try number(name, value)
            case "cpu-period": cpu.period = try number(name, value)
            case "cpu-burst": cpu.burst = try number(name, value)
            case "cpu-idle": cpu.idle = try number(name, value)
            case "cpu-rt-period": cpu.realtimePeriod = try number(name, value)
            case "cpu-rt-runtime": cpu.realtimeRuntime = try number(name, value)
            case "cpuset-cpus": cpu.cpus = value
            case "cpuset-mems": cpu.mems = value
            case "pids-limit": resources.pids = .init(limit: try number(name, value))
            default: resources.blockIO = .init(weight: try number(name, value))
            }
        }
        resources.memory = memory
        resources.cpu = cpu
        return resources
    }

    private static func number<T: FixedWidthInteger>(_ name: String, _ text: String) throws(EscaleError) -> T
    {
        guard let n = T(text) else {
            throw EscaleError(.invalid, "invalid value for \(name): \"\(text)\" is not a number it may have")
        }
        return n
    }

    /// Bytes, with `k`, `m`, `g` or `t` behind for powers of 1024; -1 for no limit.
    private static func bytes(_ name: String, _ text: String) throws(EscaleError) -> Int64 {
        if text == "-1" { return -1 }
        do { return try Units.bytes(text) } catch { throw error.within("invalid value for \(name)") }
    }
}
