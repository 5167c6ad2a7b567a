import Linux
import Support

/// One thing that was looked at on this machine.
public struct Finding: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        case ok
        /// Something is missing that Escale does without.
        case warn
        /// Something that Escale cannot do without.
        case bad
    }

    /// Stable, for scripts: `overlay`, `kvm`…
    public var id: String
    /// French, as the detail.
    public var title: String
    public var state: State
    public var detail: String
    /// The command that repairs it.
    public var repair: String?

    public init(_ id: String, _ title: String, _ state: State, _ detail: String, repair: String? = nil) {
        self.id = id
        self.title = title
        self.state = state
        self.detail = detail
        self.repair = repair
    }
}

/// `escale doctor`: what works on this machine, and the repair of what does not.
public enum Doctor {
    /// Looks at everything, in a few tenths of a second; the first time in each boot of the host, the
    /// trial of KVM may take four seconds more. Leaves nothing behind but its verdict.
    public static func run(kit: Kit) -> [Finding] { findings(DoctorFacts(kit: kit)) }

    /// 0, or 1 where something essential is missing.
    public static func exitStatus(_ findings: [Finding]) -> Int32 {
        findings.contains { $0.state == .bad } ? 1 : 0
    }

    /// `{"ok": true, "findings": [{id, title, state, detail, repair}]}`; members are only ever added.
    public static func json(_ findings: [Finding]) throws(EscaleError) -> JSON {
        ["ok": JSON(exitStatus(findings) == 0), "findings": try JSON.encode(findings)]
    }

    /// Judges what was seen. Pure.
    public static func findings(_ facts: DoctorFacts) -> [Finding] {
        [
            namespaces(facts), userNamespaces(facts), identifiers(facts), overlay(facts), cgroups(facts),
            bridge(facts), nftables(facts), kvm(facts), qemu(facts), disk(facts), memory(facts),
            engine(facts), images(facts), guest(facts), docker(facts), kubectl(facts), terminal(facts)
        ].compactMap { $0 }
    }
}
