import Linux

extension Doctor {
    static func namespaces(_ facts: DoctorFacts) -> Finding {
        let title = "Espaces de noms"
        switch facts.namespaces {
        case .works:
            return Finding(
                "namespaces", title, .ok,
                "montages, PID, réseau, IPC, nom d’hôte, cgroup (Linux \(facts.kernel))")
        case .fails(let why):
            return Finding(
                "namespaces", title, .bad, "le noyau refuse d’en créer : \(why)",
                repair: facts.isRoot
                    ? "relancez hors de ce conteneur, ou avec --privileged" : userNamespaceRepair(facts))
        case .untried(let why): return Finding("namespaces", title, .warn, "non vérifié : \(why)")
        }
    }

    static func userNamespaces(_ facts: DoctorFacts) -> Finding {
        let title = "Espaces de noms utilisateur"
        switch facts.userNamespaces {
        case .works: return Finding("user-namespaces", title, .ok, "autorisés")
        case .fails(let why):
            let need = facts.isRoot ? "inutiles pour root" : "indispensables sans être root"
            return Finding(
                "user-namespaces", title, facts.isRoot ? .warn : .bad, "refusés : \(why) (\(need))",
                repair: userNamespaceRepair(facts))
        case .untried(let why): return Finding("user-namespaces", title, .warn, "non vérifié : \(why)")
        }
    }

    /// The setting that forbids them, put right.
    private static func userNamespaceRepair(_ facts: DoctorFacts) -> String {
        let wanted = [
            ("kernel.unprivileged_userns_clone", "0", "1"), ("user.max_user_namespaces", "0", "15000"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0")
        ]
        for (name, blocking, good) in wanted where facts.userNamespaceLimits[name] == blocking {
            return "sudo sysctl -w \(name)=\(good)"
        }
        return "sudo labs/start"
    }

    static func identifiers(_ facts: DoctorFacts) -> Finding {
        let title = "Identifiants subordonnés"
        if facts.isRoot { return Finding("subids", title, .ok, "inutiles pour root") }
        if !facts.hasNewuidmap {
            return Finding(
                "subids", title, .warn, "newuidmap manque : un conteneur n’aura qu’un seul utilisateur",
                repair: "sudo apt install uidmap")
        }
        if !facts.hasSubordinateIDs {
            return Finding(
                "subids", title, .warn, "\(facts.user) n’en a pas dans /etc/subuid et /etc/subgid",
                repair: "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(facts.user)")
        }
        return Finding("subids", title, .ok, "présents, avec newuidmap")
    }

    static func overlay(_ facts: DoctorFacts) -> Finding {
        let title = "Overlayfs"
        switch facts.overlay {
        case .works: return Finding("overlay", title, .ok, "une couche a été montée et écrite")
        case .fails(let why):
            return Finding(
                "overlay", title, .bad, "le montage échoue : \(why)",
                repair: facts.isRoot
                    ? "modprobe overlay, ou ESCALE_ROOT sur un disque ext4 ou xfs"
                    : "il faut Linux 5.11 ou plus récent, ou root : sudo labs/start")
        case .untried(let why): return Finding("overlay", title, .warn, "non vérifié : \(why)")
        }
    }

    static func cgroups(_ facts: DoctorFacts) -> Finding {
        let title = "Cgroups"
        let wanted = ["memory", "cpu", "pids"]
        let usable = wanted.filter { facts.controllers[$0] == true }
        let refused = wanted.filter { facts.controllers[$0] == false }
        let missing = wanted.filter { facts.controllers[$0] == nil }
        let mode: String
        switch facts.cgroupMode {
        case .none:
            return Finding(
                "cgroups", title, .warn,
                "aucun n’est monté : ni limites ni mesures de mémoire et de processeur",
                repair: "sudo mount -t cgroup2 none /sys/fs/cgroup")
        case .v1: mode = "version 1"
        case .hybrid: mode = "versions 1 et 2"
        case .v2: mode = "version 2"
        }
        if !refused.isEmpty {
            let names = refused.joined(separator: ", ")
            return Finding(
                "cgroups", title, .warn,
                "\(mode), mais \(names) sans délégation : ces limites seront sans effet",
                repair: facts.isRoot ? "mount -o remount,rw /sys/fs/cgroup" : delegation(facts.cgroupMode))
        }
        if !missing.isEmpty {
            return Finding(
                "cgroups", title, .warn,
                "\(mode), sans \(missing.joined(separator: ", ")) : ces limites seront refusées",
                repair: missing.contains("memory")
                    ? "ajoutez cgroup_enable=memory à la ligne du noyau, puis redémarrez" : nil)
        }
        return Finding("cgroups", title, .ok, "\(mode) : \(usable.joined(separator: ", "))")
    }

    /// systemd hands version 2's controllers on to its users; version 1's are root's alone.
    private static func delegation(_ mode: CgroupHost.Mode) -> String {
        guard mode == .v2 else { return "sudo labs/start" }
        let folder = "/etc/systemd/system/user@.service.d"
        return "sudo sh -c 'mkdir -p \(folder) && printf \"[Service]\\nDelegate=yes\\n\" "
            + ">\(folder)/escale.conf && systemctl daemon-reload', puis reconnectez-vous"
    }

    static func bridge(_ facts: DoctorFacts) -> Finding {
        let title = "Pont réseau"
        switch facts.bridge {
        case .works: return Finding("bridge", title, .ok, "pont et paire veth créés, puis retirés")
        case .fails(let why):
            return Finding(
                "bridge", title, facts.isRoot ? .bad : .warn, "création refusée : \(why)",
                repair: facts.isRoot ? "modprobe bridge veth" : "sudo labs/start")
        case .untried(let why): return Finding("bridge", title, .ok, "non vérifié : \(why)")
        }
    }

    static func nftables(_ facts: DoctorFacts) -> Finding {
        let title = "Nftables"
        switch facts.nft {
        case .works:
            if let problem = facts.natProblem {
                return Finding(
                    "nftables", title, .warn, "le moteur n’a pas pu poser ses règles : \(problem)",
                    repair: "sudo modprobe -a nf_tables nft_chain_nat nft_masq nft_fib_ipv4")
            }
            if facts.forwardDrop {
                let rule = "sudo iptables -I FORWARD"
                let name = facts.bridgeName
                return Finding(
                    "nftables", title, .warn,
                    "le pare-feu d’un autre programme (Docker ?) jette ce qui traverse la machine : "
                        + "pas d’accès à l’extérieur",
                    repair: "\(rule) -i \(name) -j ACCEPT && \(rule) -o \(name) -j ACCEPT")
            }
            return Finding("nftables", title, .ok, "ports publiés et accès à l’extérieur possibles")
        case .fails(let why):
            return Finding(
                "nftables", title, .warn, "ni ports publiés ni accès à l’extérieur : \(why)",
                repair: why.contains("absent")
                    ? "sudo apt install nftables" : "sudo modprobe nf_tables nft_chain_nat")
        case .untried(let why): return Finding("nftables", title, .ok, "non vérifié : \(why)")
        }
    }
}
