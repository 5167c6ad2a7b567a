import Images
import Linux
import Measure
import Support
import VM

extension LiveWorld {
    private var machines: VMs { VMs(kit: kit) }

    private func record(_ name: String) throws(Unread) -> VMRecord {
        do { return try machines.find(name) } catch {
            throw error.code == .notFound ? Unread("la VM « \(name) » n’existe pas") : Self.unread(error)
        }
    }

    public func vms() throws(Unread) -> [VMFacts] {
        do { return try machines.list().map(Self.facts) } catch { throw Self.unread(error) }
    }

    private static func facts(_ record: VMRecord) -> VMFacts {
        VMFacts(
            name: record.name, state: record.status.rawValue, accelerator: record.accelerator.rawValue,
            pid: record.qemuPID, image: record.imageName, memory: record.config.memory,
            exitCode: record.exit?.status)
    }

    public func log(vm: String) throws(Unread) -> String {
        let record = try record(vm)
        do {
            return String(decoding: try machines.logs(record).flatMap(\.bytes), as: UTF8.self)
        } catch { throw Self.unread(error) }
    }

    public func remove(vm: String) throws(Unread) {
        do { try machines.remove(vm, force: true) } catch {
            if error.code != .notFound { throw Self.unread(error) }
        }
    }

    /// Bytes that kernel, initramfs and the machine's disk take on the host: what is allocated, holes left out,
    /// as `du` counts and `comparer` shows.
    func diskBytes(vm: String) throws(Unread) -> Int64 {
        let record = try record(vm)
        do { return try Guest.load(kit: kit).diskUsage(kit) + machines.diskUsage(record) } catch {
            throw Self.unread(error)
        }
    }

    /// Mean PSS of QEMU and its supervisor, of the running machines of a name, in bytes.
    func vmMemory(_ pattern: String) throws(Unread) -> Int {
        let alive: [VMRecord]
        do { alive = try machines.list().filter { $0.isAlive && Glob.matches(pattern, $0.name) } } catch {
            throw Self.unread(error)
        }
        guard !alive.isEmpty else { throw Unread("aucune VM « \(pattern) » n’est en marche") }
        let sizes = alive.map { ProcessMemory.pss(machines.processes($0).map(Int.init)) }
        return sizes.reduce(0, +) / sizes.count
    }

    /// `kvm` or `tcg`. The first time on a host, a probe boots a kernel for this.
    func accelerator() throws(Unread) -> String {
        do {
            return try AccelProbe.verdict(
                kit: kit, guest: Guest.load(kit: kit), host: QEMUHost.find(kit: kit)
            )
            .accelerator.rawValue
        } catch { throw Self.unread(EscaleError.wrap(error)) }
    }

    /// Why no machine can be started here; nil where one can.
    func withoutMachines() -> String? {
        do {
            _ = try Guest.load(kit: kit)
            _ = try QEMUHost.find(kit: kit)
            return nil
        } catch { return EscaleError.wrap(error).message }
    }
}
