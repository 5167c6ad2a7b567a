import Support

/// What one side has of its own and what it uses together with the host: facts read on the machine.
public struct Sharing: Sendable, Equatable {
    public let what: String
    public let host: String
    public let container: String
    public let vm: String

    func value(_ side: Side) -> String {
        switch side {
        case .host: host
        case .container: container
        case .vm: vm
        }
    }

    /// Whether the container uses the host's own.
    public var containerShares: Bool { host == container }
    public var vmShares: Bool { host == vm }

    public init(what: String, host: String, container: String, vm: String) {
        self.what = what
        self.host = host
        self.container = container
        self.vm = vm
    }

    /// A script that prints `key=value` lines on any side; the same everywhere.
    static let script = """
        busybox echo "kernel=$(busybox uname -r)"
        busybox echo "boot_id=$(busybox cat /proc/sys/kernel/random/boot_id)"
        busybox echo "hostname=$(busybox hostname)"
        for n in pid mnt net uts ipc; do busybox echo "ns.$n=$(busybox readlink /proc/self/ns/$n)"; done
        busybox echo "root=$(busybox stat -c %d:%i / 2>/dev/null)"
        busybox echo "clock=$(busybox date +%s)"
        busybox echo fin
        """

    static let titles: [(key: String, title: String)] = [
        ("kernel", "Noyau (uname -r)"), ("boot_id", "Démarrage du noyau (boot_id)"),
        ("hostname", "Nom de machine"),
        ("ns.pid", "Espace de noms PID"), ("ns.mnt", "Espace de noms des montages"),
        ("ns.net", "Espace de noms réseau"), ("ns.uts", "Espace de noms UTS"),
        ("ns.ipc", "Espace de noms IPC"),
        ("root", "Racine du système de fichiers")
    ]

    /// Namespace numbers inside a VM are of another kernel: equal numbers there mean nothing.
    static func rows(_ facts: [Side: [String: String]]) -> [Sharing] {
        titles.map { key, title in
            let vm = facts[.vm]?[key] ?? "?"
            return Sharing(
                what: title, host: facts[.host]?[key] ?? "?", container: facts[.container]?[key] ?? "?",
                vm: key.hasPrefix("ns.") || key == "root" ? "\(vm) (autre noyau)" : vm)
        }
    }
}
