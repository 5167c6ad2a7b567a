import Glibc
import Support

/// Which devices may be used: lines in two files of version 1 (cgroup-v1/devices), a BPF program in
/// version 2.
public enum DevicesController: CgroupController {
    public static let name = "devices"
    public static let isCore = true

    /// Rules that take nothing away need no controller.
    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        limits.devices.first { !$0.allow }.map { [.init("devices", "deny \(line($0))")] } ?? []
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        guard folder.version == .v1 else { return [] }
        let rules = effective(limits.devices)
        // A new folder already allows what its parent does: all that it may.
        return rules.drop { $0.isEverything && $0.allow }.map { rule in
            .init(rule.allow ? "devices.allow" : "devices.deny", line(rule), for: "devices")
        }
    }

    public static func apply(_ limits: CgroupLimits, to folder: CgroupFolder) throws(EscaleError) {
        do {
            guard folder.version == .v2 else {
                return try folder.write(writes(limits, to: folder), asked: asked(limits))
            }
            try DeviceProgram.of(effective(limits.devices))?.attach(to: folder.path)
        } catch {
            // Who is not the host's root can neither filter devices nor make any.
            if error.code == .denied, !Privilege.isHostRoot { return }
            guard folder.version == .v2, let field = asked(limits).first else { throw error }
            throw field.refused(error.code, error.message, errno: error.errno)
        }
    }

    /// The rules that count: what comes before the last rule for everything does not, nor does allowing
    /// what nothing denies. The list begins with a rule for everything, to deny where none says so.
    package static func effective(_ rules: [CgroupLimits.DeviceRule]) -> [CgroupLimits.DeviceRule] {
        guard !rules.isEmpty else { return [] }
        guard let last = rules.lastIndex(where: \.isEverything) else {
            return [.init(allow: false, type: "a", major: nil, minor: nil, access: "rwm")] + rules
        }
        let rest = rules[(last + 1)...]
        return [rules[last]] + (rules[last].allow ? rest.drop { $0.allow } : rest)
    }

    private static func line(_ rule: CgroupLimits.DeviceRule) -> String {
        func number(_ n: Int64?) -> String { n.map { $0 < 0 ? "*" : "\($0)" } ?? "*" }
        // `a` covers everything whatever its numbers.
        if rule.isEverything { return "a" }
        return "\(rule.type) \(number(rule.major)):\(number(rule.minor)) \(rule.access)"
    }
}

extension CgroupLimits.DeviceRule {
    package var isEverything: Bool { type == "a" }
}
