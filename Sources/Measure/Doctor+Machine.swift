extension Doctor {
    static func kvm(_ facts: DoctorFacts) -> Finding {
        let title = "KVM"
        let slower = "les machines virtuelles passent par TCG, plus lent"
        switch facts.kvm {
        case .tried(true, _):
            return Finding("kvm", title, .ok, "un vrai noyau a démarré avec : accélérateur kvm")
        case .tried(false, let why):
            return Finding("kvm", title, .warn, "\(why)\u{A0}; \(slower)")
        case .opens:
            return Finding(
                "kvm", title, .ok,
                "/dev/kvm s’ouvre ; la première machine virtuelle dira s’il fonctionne vraiment")
        case .denied(let group):
            return Finding(
                "kvm", title, .warn, "/dev/kvm existe mais vous est refusé : \(slower)",
                repair: group == nil || group == "root"
                    ? "sudo chgrp kvm /dev/kvm && sudo chmod g+rw /dev/kvm && sudo usermod -aG kvm \(facts.user)"
                    : "sudo usermod -aG \(group ?? "kvm") \(facts.user), puis reconnectez-vous")
        case .absent(true):
            return Finding(
                "kvm", title, .warn, "le processeur sait virtualiser, mais /dev/kvm est absent : \(slower)",
                repair: "sudo modprobe -a kvm_intel kvm_amd")
        case .absent(false):
            return Finding(
                "kvm", title, .warn, "le processeur ne propose pas la virtualisation : \(slower)",
                repair: "activez VT-x ou AMD-V dans le BIOS, ou la virtualisation imbriquée de l’hyperviseur")
        }
    }

    static func qemu(_ facts: DoctorFacts) -> Finding {
        let title = "QEMU"
        guard let qemu = facts.qemu else {
            return Finding(
                "qemu", title, .bad, "absent : pas de machines virtuelles",
                repair: "sudo apt install \(facts.qemuPackage)")
        }
        let machine =
            facts.hasMicrovm ? "avec la machine microvm" : "sans microvm : la machine q35 la remplace"
        return Finding("qemu", title, .ok, "\(qemu.version ?? qemu.path), \(machine)")
    }

    static func disk(_ facts: DoctorFacts) -> Finding {
        let title = "Disque"
        if let problem = facts.rootProblem {
            return Finding("disk", title, .bad, problem.message, repair: problem.repair)
        }
        guard let free = facts.diskFree else {
            return Finding(
                "disk", title, .bad, "la place libre dans \(facts.root) n’est pas lisible",
                repair: "df -h \(facts.root)")
        }
        let text = "\(size(free)) libres dans \(facts.root)"
        let repair = "libérez de la place, ou ESCALE_ROOT=/autre/dossier labs/start"
        if free < 500 << 20 {
            return Finding("disk", title, .bad, "\(text) : il en faut 500 Mo", repair: repair)
        }
        if free < 2 << 30 { return Finding("disk", title, .warn, "\(text) : c’est peu", repair: repair) }
        return Finding("disk", title, .ok, text)
    }

    static func memory(_ facts: DoctorFacts) -> Finding {
        let title = "Mémoire"
        let text = "\(size(facts.memoryAvailable)) disponibles sur \(size(facts.memoryTotal))"
        let repair = "fermez des programmes, ou donnez plus de mémoire à cette machine"
        if facts.memoryAvailable < 256 << 20 {
            return Finding("memory", title, .bad, "\(text) : pas même une machine virtuelle", repair: repair)
        }
        if facts.memoryAvailable < 1 << 30 {
            return Finding(
                "memory", title, .warn, "\(text) : une seule petite machine virtuelle à la fois",
                repair: repair)
        }
        return Finding("memory", title, .ok, text)
    }

    static func engine(_ facts: DoctorFacts) -> Finding {
        let title = "Moteur"
        switch facts.engine {
        case .stopped: return Finding("engine", title, .ok, "arrêté ; la première commande le démarre")
        case .answers(let version): return Finding("engine", title, .ok, "répond (version \(version))")
        case .silent(let why):
            return Finding(
                "engine", title, .bad, "ne répond pas : \(why)", repair: "tail \(facts.root)/daemon.log")
        }
    }

    static func images(_ facts: DoctorFacts) -> Finding {
        let title = "Images hors ligne"
        if let problem = facts.imagesProblem {
            return Finding(
                "images", title, .bad, "magasin illisible : \(problem.message)",
                repair: problem.repair ?? "labs/start")
        }
        if !facts.missingImages.isEmpty {
            let names = facts.missingImages.joined(separator: ", ")
            return Finding("images", title, .bad, "pas encore préparées : \(names)", repair: "labs/start")
        }
        return Finding("images", title, .ok, facts.images.joined(separator: ", "))
    }

    static func guest(_ facts: DoctorFacts) -> Finding {
        let title = "Noyau des VM"
        guard let kernel = facts.guestKernel else {
            return Finding("guest", title, .bad, "pas encore préparé", repair: "labs/start")
        }
        return Finding("guest", title, .ok, kernel)
    }

    static func docker(_ facts: DoctorFacts) -> Finding {
        guard let docker = facts.docker else {
            return Finding(
                "docker", "Client docker", .ok, "absent, et facultatif : `docker` est fourni par l’atelier")
        }
        return Finding("docker", "Client docker", .ok, docker.version ?? docker.path)
    }

    static func kubectl(_ facts: DoctorFacts) -> Finding {
        guard let kubectl = facts.kubectl else {
            return Finding(
                "kubectl", "Kubectl", .warn, "absent : il servira aux ateliers d’orchestration",
                repair: "sudo apt install kubernetes-client")
        }
        return Finding("kubectl", "Kubectl", .ok, kubectl.version ?? kubectl.path)
    }

    static func terminal(_ facts: DoctorFacts) -> Finding {
        let title = "Terminal"
        let terminal = facts.terminal
        let colour = terminal.hasColour ? "couleurs" : "sans couleur"
        guard terminal.isUTF8 else {
            return Finding(
                "terminal", title, .warn, "la langue choisie n’est pas en UTF-8 : accents et traits manquent",
                repair: "export LANG=C.UTF-8")
        }
        guard terminal.isTerminal else {
            return Finding("terminal", title, .ok, "la sortie n’est pas un terminal : texte seul")
        }
        if terminal.width < 80 {
            return Finding(
                "terminal", title, .warn, "\(terminal.width) colonnes : les tableaux seront à l’étroit",
                repair: "élargissez la fenêtre à 80 colonnes")
        }
        return Finding("terminal", title, .ok, "UTF-8, \(colour), \(terminal.width) colonnes")
    }

    /// `1,5 Go`, `640 Mo` (binary units, as Docker counts memory).
    static func size(_ bytes: UInt64) -> String {
        let mega = bytes >> 20
        if mega < 1024 { return "\(mega) Mo" }
        let tenths = (bytes * 10) >> 30
        return tenths < 100 ? "\(tenths / 10),\(tenths % 10) Go" : "\(tenths / 10) Go"
    }
}
