import Images
import Linux
import Measure
import Support

extension LiveWorld {
    public func forget() { measures.forget() }
    public func spread(_ request: MeasureRequest) -> (low: String, high: String)? {
        measures[request].flatMap { kept in kept.spread.map { ($0.low, $0.high) } }
    }

    public func measure(_ request: MeasureRequest, cancelled: () -> Bool) throws(Unread) -> String {
        if let kept = measures[request] { return kept.text }
        let made = try make(request, cancelled: cancelled)
        measures[request] = made
        return made.text
    }

    private func make(_ request: MeasureRequest, cancelled: () -> Bool) throws(Unread) -> Measurement {
        func runs(_ side: Side, warm: Bool, _ run: (SideRunner) throws(Unread) -> Double) throws(Unread)
            -> Sample
        {
            let runner = try runner(request.image)
            var values: [Double] = []
            // The first start fills caches and does not count.
            for i in (warm ? 0 : 1)...request.runs {
                if cancelled() { throw Unread("mesure interrompue") }
                let value = try run(runner)
                if i > 0 { values.append(value) }
            }
            return Sample(values)
        }
        func start(_ side: Side) throws(Unread) -> Sample {
            try runs(side, warm: true) { runner throws(Unread) in
                do throws(EscaleError) { return try runner.startToExit(side) } catch {
                    throw Self.unread(error)
                }
            }
        }
        func cpu(_ side: Side) throws(Unread) -> Sample {
            try runs(side, warm: false) { runner throws(Unread) in try Self.loop(runner, side) }
        }
        switch request.name {
        case .startHost: return Measurement(try start(.host), unit: "ms")
        case .startContainer: return Measurement(try start(.container), unit: "ms")
        case .startVM: return Measurement(try start(.vm), unit: "ms")
        case .startRatio: return Measurement(try start(.vm) / start(.container), unit: "")
        case .cpuHost: return Measurement(try cpu(.host), unit: "ms")
        case .cpuContainer: return Measurement(try cpu(.container), unit: "ms")
        case .cpuVM: return Measurement(try cpu(.vm), unit: "ms")
        case .cpuRatio:
            let side: Side = request.of == "vm" ? .vm : .container
            return Measurement(try cpu(side) / cpu(.host), unit: "")
        case .memoryContainer: return Measurement("\(try containerMemory(request.of ?? "*")) o")
        case .memoryVM: return Measurement("\(try vmMemory(request.of ?? "*")) o")
        case .memoryRatio:
            let container = try containerMemory(request.containers ?? "*")
            return Measurement(
                Quantity.text(Double(try vmMemory(request.vms ?? "*")) / Double(max(container, 1))))
        case .diskImage:
            let sizes = try layerSizes(request.image)
            guard !sizes.isEmpty else { throw Unread("l’image « \(request.image) » n’est pas là") }
            return Measurement("\(sizes.reduce(0, +)) o")
        case .diskVM: return Measurement("\(try diskBytes(vm: request.of ?? "")) o")
        case .accelerator: return Measurement(try accelerator())
        }
    }

    private func runner(_ name: String) throws(Unread) -> SideRunner {
        do {
            let store = ImageStore(kit: kit)
            let lower = try store.lowerFolders(try store.resolve(name))
            guard let busybox = lower.map({ "\($0)/bin/busybox" }).first(where: Files.exists) else {
                throw EscaleError(.invalid, "image \(name) has no /bin/busybox")
            }
            return SideRunner(image: name, hostBusybox: busybox)
        } catch { throw Self.unread(EscaleError.wrap(error)) }
    }

    /// Milliseconds of a loop of shell arithmetic, between its two marks.
    private static func loop(_ runner: SideRunner, _ side: Side) throws(Unread) -> Double {
        let script = "echo debut; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo fin"
        var begun: Monotonic?
        var took: Double?
        do {
            try runner.lines(side, name: nil, script: script) { line, now in
                if line == "debut" { begun = now } else if line == "fin", let begun { took = now - begun }
                return true
            }
        } catch { throw unread(error) }
        guard let took else { throw Unread("la boucle de calcul n’a rien dit") }
        return took
    }

    /// Mean PSS of the running containers of a name, their shims included, in bytes.
    private func containerMemory(_ pattern: String) throws(Unread) -> Int {
        let names = try containerNames().filter { Glob.matches(pattern, $0) }
        var sizes: [Int] = []
        for name in names {
            guard let pid = try container(name)?["State"]["Pid"].int, pid > 0 else { continue }
            sizes.append(ProcessMemory.pss(ProcessMemory.tree(Self.shim(of: pid))))
        }
        guard !sizes.isEmpty else { throw Unread("aucun conteneur « \(pattern) » n’est en marche") }
        return sizes.reduce(0, +) / sizes.count
    }

    /// The process that holds a container for the engine, when it is one; else the container's own.
    private static func shim(of pid: Int) -> Int {
        guard let parent = ProcessMemory.parent(of: pid), parent > 1,
            let name = try? Files.text("/proc/\(parent)/comm"),
            name.contains("shim") || name.contains("escale-run")
        else { return pid }
        return parent
    }
}
