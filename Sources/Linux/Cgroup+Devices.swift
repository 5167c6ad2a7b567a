import Support

/// Which devices may be used: version 1 only. Version 2 asks for a BPF program instead.
public enum DevicesController: CgroupController {
    public static let name = "devices"

    /// Rules that take nothing away need no controller.
    public static func isNeeded(by limits: CgroupLimits) -> Bool { false }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        guard version == .v1 else { return [] }
        return limits.devices.map { rule in
            .init(rule.allow ? "devices.allow" : "devices.deny", text(rule))
        }
    }

    private static func text(_ rule: CgroupLimits.DeviceRule) -> String {
        func number(_ n: Int64?) -> String { n.map { $0 < 0 ? "*" : "\($0)" } ?? "*" }
        // `a` covers everything whatever its numbers.
        if rule.type == "a" { return "a" }
        return "\(rule.type) \(number(rule.major)):\(number(rule.minor)) \(rule.access)"
    }
}
