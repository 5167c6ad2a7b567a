import Glibc
import Images
import Linux
import Network
import Support

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
        hasSubordinateIDs = Programs.hasSubordinateIDs(user: user)
        hasNewuidmap = Programs.find("newuidmap") != nil
        overlay = KernelProbes.overlay(root: kit.root, isRoot: isRoot)
        let cgroups = (try? CgroupHost.detect()) ?? CgroupHost(hierarchies: [])
        cgroupMode = cgroups.mode
        controllers = KernelProbes.controllers(cgroups, isRoot: isRoot)
        bridge = KernelProbes.bridge(isRoot: isRoot)
        bridgeName = InterfaceName.bridge(kit)
        natProblem = BridgeInfo.load(kit: kit)?.natProblem
        nft = KernelProbes.nft(isRoot: isRoot)
        forwardDrop = KernelProbes.forwardDrop(isRoot: isRoot)
        kvm = MachineProbes.kvm()
        let found = Programs.qemu(machine: MachineProbes.machine)
        qemu = found.program
        qemuPackage = found.package
        hasMicrovm = found.hasMicrovm
        diskFree = MachineProbes.diskFree(kit.root)
        rootWritable = MachineProbes.isWritable(kit.root)
        (memoryTotal, memoryAvailable) = MachineProbes.memory()
        engine = Programs.engine(kit: kit)
        do throws(EscaleError) {
            let names = try ImageStore(kit: kit).list().flatMap { $0.names.map(\.familiar) }
            images = names.sorted()
            missingImages = OfflineImages.names.filter { !names.contains($0) }
        } catch {
            if error.errno == ENOENT { missingImages = OfflineImages.names } else { imagesProblem = error }
        }
        docker = Programs.docker()
        kubectl = Programs.kubectl()
        terminal = MachineProbes.terminal()
    }
}
