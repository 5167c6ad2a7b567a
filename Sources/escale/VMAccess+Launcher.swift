import Linux
import Measure
import Support
import VM

extension Compare.VMAccess {
    /// The virtual machines of a kit.
    static func launcher(kit: Kit) -> Compare.VMAccess {
        let machines = VMs(kit: kit)
        return Compare.VMAccess(
            accelerator: { () throws(EscaleError) in
                let verdict = try AccelProbe.verdict(
                    kit: kit, guest: try Guest.load(kit: kit), host: try QEMUHost.find(kit: kit))
                let isKVM = verdict.accelerator == .kvm
                return (isKVM ? "KVM" : "TCG", isKVM ? nil : verdict.raison)
            },
            processes: { name throws(EscaleError) in
                machines.processes(try machines.find(name)).map(Int.init)
            },
            diskBytes: { name throws(EscaleError) in
                machines.diskUsage(try machines.find(name)) + (try Guest.load(kit: kit)).diskUsage(kit)
            })
    }
}
