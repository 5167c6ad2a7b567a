import Support

/// A number on every packet, for traffic control (cgroup-v1/net_cls). Version 2 has none.
public enum NetworkClassController: CgroupController {
    public static let name = "net_cls"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        [.init("network.classID", above0: limits.networkClass)].compactMap { $0 }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        asked(limits).map { .init("net_cls.classid", $0.value, for: $0.name) }
    }
}

/// The priority of packets on each interface (cgroup-v1/net_prio). Version 2 has none.
public enum NetworkPriorityController: CgroupController {
    public static let name = "net_prio"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        limits.networkPriorities.map { .init("network.priorities", "\($0.interface) \($0.priority)") }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        asked(limits).map { .init("net_prio.ifpriomap", $0.value, for: $0.name) }
    }
}
