import Support

/// Stopping all processes at once. It limits nothing; `Cgroup.freeze` uses it.
public enum FreezerController: CgroupController {
    public static let name = "freezer"

    public static func isNeeded(by limits: CgroupLimits) -> Bool { false }
    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    { [] }
}
