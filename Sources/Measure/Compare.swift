import Glibc
import Images
import Linux
import Support

/// Measures one image on the host, in a container and in a virtual machine.
public struct Compare: Sendable {
    public struct Options: Sendable {
        /// Starts of a container and of a program on the host.
        public var quickRuns = 10
        /// Starts of a virtual machine, and sessions of each side.
        public var vmRuns = 3
        public init() {}
    }

    /// What Measure asks of the VM layer, so that this file needs no QEMU to be understood.
    public struct VMAccess: Sendable {
        /// `KVM` or `TCG`, and why not KVM in French.
        public var accelerator: @Sendable () throws(EscaleError) -> (name: String, reason: String?)
        /// QEMU and its supervisor, for a machine's name.
        public var processes: @Sendable (String) throws(EscaleError) -> [Int]
        /// Kernel, initramfs and disk of a running machine, in bytes.
        public var diskBytes: @Sendable (String) throws(EscaleError) -> Int64

        public init(
            accelerator: @escaping @Sendable () throws(EscaleError) -> (name: String, reason: String?),
            processes: @escaping @Sendable (String) throws(EscaleError) -> [Int],
            diskBytes: @escaping @Sendable (String) throws(EscaleError) -> Int64
        ) {
            self.accelerator = accelerator
            self.processes = processes
            self.diskBytes = diskBytes
        }
    }

    let kit: Kit
    let image: Image
    let name: String
    let runner: SideRunner
    let vm: VMAccess
    let options: Options
    let containerProcesses: @Sendable (String) throws(EscaleError) -> [Int]

    /// - Parameters:
    ///   - containerProcesses: the shim and every process of a container, by its name.
    /// - Throws: `.invalid` for an image without /bin/busybox, which all three sides run.
    public init(
        kit: Kit, imageName: String, vm: VMAccess, options: Options,
        containerProcesses: @escaping @Sendable (String) throws(EscaleError) -> [Int]
    ) throws(EscaleError) {
        let store = ImageStore(kit: kit)
        image = try store.resolve(imageName)
        let lower = try store.lowerFolders(image)
        guard let busybox = lower.map({ "\($0)/bin/busybox" }).first(where: Files.exists) else {
            throw EscaleError(
                .invalid, "image \(imageName) has no /bin/busybox, which compare runs on all three sides",
                repair: "escale compare busybox")
        }
        self.kit = kit
        self.vm = vm
        self.options = options
        self.containerProcesses = containerProcesses
        name = imageName
        runner = SideRunner(image: imageName, hostBusybox: busybox)
    }

    /// - Parameter progress: what is being measured, and how far (0 to 1).
    public func run(progress: (String, Double) -> Void) throws(EscaleError) -> ComparisonReport {
        progress("accélération matérielle", 0)
        let (accelerator, reason) = try vm.accelerator()
        var figures: [String: [Side: Figure]] = [:]
        for (side, runs, from) in [
            (Side.host, options.quickRuns, 0.02), (.container, options.quickRuns, 0.05),
            (.vm, options.vmRuns, 0.1)
        ] {
            var values: [Double] = []
            // The first start of each side fills caches and does not count.
            for i in 0...runs {
                progress("départs : \(side.french)", from + 0.05 * Double(i) / Double(runs))
                let elapsed = try runner.startToExit(side)
                if i > 0 { values.append(elapsed) }
            }
            figures["start", default: [:]][side] = Figure(values, .milliseconds)
        }
        var facts: [Side: [String: String]] = [:]
        var vmDisks: [Double] = []
        for (i, side) in Side.allCases.enumerated() {
            let sessions = try self.sessions(side) { part in
                progress("boucles : \(side.french)", 0.3 + (Double(i) + part) * 0.22)
            }
            facts[side] = sessions.facts
            if side == .vm { vmDisks = sessions.disks }
            for (loop, values) in sessions.loops {
                figures[loop, default: [:]][side] = Figure(values, .milliseconds)
            }
            figures["memory", default: [:]][side] = Figure(sessions.memory, .bytes)
            figures["processes", default: [:]][side] = Figure(sessions.processes, .count)
        }
        figures["disk"] = [
            .container: Figure([Double(image.layers.reduce(0) { $0 + $1.size })], .bytes),
            .vm: Figure(vmDisks, .bytes)
        ]
        figures["kernel"] = kernels(facts)
        progress("fini", 1)
        let order = ["start", "memory", "disk", "kernel", "processes"] + Workload.loops
        return ComparisonReport(
            image: name, accelerator: accelerator, acceleratorReason: reason,
            rows: order.compactMap { id in figures[id].map { Claims.row(id, $0, accelerator: accelerator) } },
            sharing: Sharing.rows(facts), date: .now)
    }

    private struct Sessions {
        var facts: [String: String] = [:]
        var loops: [String: [Double]] = [:]
        var memory: [Double] = []
        var processes: [Double] = []
        var disks: [Double] = []
    }

    private func sessions(_ side: Side, progress: (Double) -> Void) throws(EscaleError) -> Sessions {
        var all = Sessions()
        let folder = side == .host ? kit.cache : "/tmp"
        try Files.makeDirectory(kit.cache)
        for run in 0..<options.vmRuns {
            progress(Double(run) / Double(options.vmRuns))
            let instance = "compare-\(Hex.random(4))"
            var log = SessionLog()
            let script = Workload.session(folder: folder, repeats: 2)
            try runner.lines(side, name: instance, script: script) { line, now throws(EscaleError) in
                if log.take(line, at: now), side != .host {
                    let pids = side == .vm ? try vm.processes(instance) : try containerProcesses(instance)
                    all.memory.append(Double(ProcessMemory.pss(pids)))
                    all.processes.append(Double(pids.count))
                    if side == .vm { all.disks.append(Double(try vm.diskBytes(instance))) }
                } else if line == "pret" {
                    let own = ProcessMemory.tree(Int(getpid())).dropFirst()
                    all.memory.append(Double(ProcessMemory.pss(Array(own))))
                    all.processes.append(Double(own.count))
                }
                return true
            }
            all.facts = log.facts
            for (name, values) in log.loops { all.loops[name, default: []] += values }
        }
        return all
    }

    /// Distinct kernels numbered in order: 1 is the host's.
    private func kernels(_ facts: [Side: [String: String]]) -> [Side: Figure] {
        var seen: [String] = []
        var figures: [Side: Figure] = [:]
        for side in Side.allCases {
            let boot = facts[side]?["boot_id"] ?? "?"
            if !seen.contains(boot) { seen.append(boot) }
            figures[side] = Figure([Double((seen.firstIndex(of: boot) ?? 0) + 1)], .count)
        }
        return figures
    }
}
