import Glibc
import Images
import Linux
import Network
import Support
import VM

extension DoctorFacts {
    /// Looks at this machine and kit.
    public init(kit: Kit) {
        isRoot = geteuid() == 0
        user = MachineProbes.user
        root = kit.root
        kernel = MachineProbes.kernel
        namespaces = KernelProbes.namespaces(isRoot: isRoot)
        userNamespaces = KernelProbes.userNamespaces()
        userNamespaceLimits = KernelProbes.userNamespaceLimits()
        hasSubordinateIDs = ProgramProbes.hasSubordinateIDs(user: user)
        hasNewuidmap = ProgramProbes.find("newuidmap") != nil
        overlay = KernelProbes.overlay(root: kit.root, isRoot: isRoot)
        let cgroups = (try? CgroupHost.detect()) ?? CgroupHost(hierarchies: [])
        cgroupMode = cgroups.mode
        controllers = KernelProbes.controllers(cgroups, isRoot: isRoot)
        bridge = KernelProbes.bridge(isRoot: isRoot)
        bridgeName = InterfaceName.bridge(kit)
        natProblem = BridgeInfo.load(kit: kit)?.natProblem
        nft = KernelProbes.nft(isRoot: isRoot)
        forwardDrop = KernelProbes.forwardDrop(isRoot: isRoot)
        let prepared = try? Guest.load(kit: kit)
        guestKernel = prepared?.release
        kvm = MachineProbes.kvm(kit: kit, guest: prepared)
        let found = ProgramProbes.qemu(machine: MachineProbes.machine)
        qemu = found.program
        qemuPackage = found.package
        hasMicrovm = found.hasMicrovm
        diskFree = MachineProbes.diskFree(kit.root)
        do { try kit.requireWritable() } catch { rootProblem = error }
        (memoryTotal, memoryAvailable) = MachineProbes.memory()
        engine = ProgramProbes.engine(kit: kit)
        do throws(EscaleError) {
            let names = try ImageStore(kit: kit).list().flatMap { $0.names.map(\.familiar) }
            images = names.sorted()
            missingImages = OfflineImages.names.filter { !names.contains($0) }
        } catch {
            if error.errno == ENOENT { missingImages = OfflineImages.names } else { imagesProblem = error }
        }
        docker = ProgramProbes.docker()
        kubectl = ProgramProbes.kubectl()
        terminal = MachineProbes.terminal()
    }
}
