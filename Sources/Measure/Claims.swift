import Support

/// A row of the comparison, beside what the course says of it.
public struct ComparisonRow: Sendable {
    public enum Verdict: String, Sendable {
        case confirmed
        case nuanced
        case contradicted

        public var french: String {
            switch self {
            case .confirmed: "confirmé"
            case .nuanced: "à nuancer"
            case .contradicted: "contredit ici"
            }
        }
    }

    public let id: String
    public let title: String
    public let figures: [Side: Figure]
    public let claim: String
    public let verdict: Verdict
    public let why: String
}

/// Judges the course's claims by this machine's figures. Pure: golden-tested.
public enum Claims {
    public static func row(_ id: String, _ figures: [Side: Figure], accelerator: String) -> ComparisonRow {
        let host = figures[.host]?.median ?? .nan
        let container = figures[.container]?.median ?? .nan
        let vm = figures[.vm]?.median ?? .nan
        func make(_ title: String, _ claim: String, _ verdict: ComparisonRow.Verdict, _ why: String)
            -> ComparisonRow
        {
            ComparisonRow(id: id, title: title, figures: figures, claim: claim, verdict: verdict, why: why)
        }
        func times(_ a: Double, _ b: Double) -> String { "× \(Figure.short(a / b))" }
        switch id {
        case "start":
            let ratio = vm / container
            return make(
                "Départ et fin", "Conteneur : démarrage rapide. VM : plus lent.",
                ratio >= 1.5 ? .confirmed : .contradicted,
                "La VM met \(times(vm, container)) le temps du conteneur : elle démarre un noyau entier.")
        case "memory":
            return make(
                "Mémoire (PSS)", "Conteneurs très légers, VM plus lourdes.",
                vm > container ? .confirmed : .contradicted,
                "\(times(vm, container)) : la VM paie son noyau, QEMU et sa propre mémoire cache.")
        case "disk":
            let heavy = vm >= 1e9
            return make(
                "Disque",
                "Conteneur : de quelques Mo à des centaines de Mo. VM : plusieurs Go (OS complet inclus).",
                heavy ? .confirmed : .nuanced,
                heavy
                    ? "L’image de VM dépasse le Go."
                    : "Notre VM tient en \(Figure.text(vm, .bytes)) : ce n’est pas la VM qui pèse des Go, c’est l’OS complet qu’on y met."
            )
        case "processes":
            return make(
                "Processus vus de l’hôte", "Conteneur : processus isolés. VM : système complet.",
                container > vm ? .confirmed : .nuanced,
                "L’hôte voit chaque processus du conteneur ; de la VM il ne voit que QEMU et son superviseur."
            )
        case "kernel":
            let shared = host == container && vm != host
            return make(
                "Noyau", "Les conteneurs partagent le noyau de l’hôte, chaque VM a le sien.",
                shared ? .confirmed : .contradicted,
                "Même boot_id pour l’hôte et le conteneur, un autre pour la VM.")
        default: return performance(id, host, container, vm, accelerator, make, times)
        }
    }

    private static func performance(
        _ id: String, _ host: Double, _ container: Double, _ vm: Double, _ accelerator: String,
        _ make: (String, String, ComparisonRow.Verdict, String) -> ComparisonRow,
        _ times: (Double, Double) -> String
    ) -> ComparisonRow {
        let titles = ["cpu": "Boucle de calcul", "io": "Écriture de fichiers", "syscalls": "Appels système"]
        let native = container / host < 1.25
        let slight = vm / host < 1.5
        let claim = "Conteneur : presque natif. VM : légère surcharge."
        let measured = "Conteneur \(times(container, host)), VM \(times(vm, host)) par rapport à l’hôte."
        var why = measured
        if !slight {
            why +=
                accelerator == "TCG"
                ? " TCG traduit chaque instruction par logiciel ; avec KVM, le processeur les exécuterait lui-même."
                : " Les entrées-sorties de la VM traversent un matériel simulé."
        }
        if !native {
            why += " Le conteneur paie ici ses filtres (seccomp) ou son système de fichiers en couches."
        }
        let verdict: ComparisonRow.Verdict =
            native && slight ? .confirmed : native || slight ? .nuanced : .contradicted
        return make(titles[id] ?? id, claim, verdict, why)
    }
}
