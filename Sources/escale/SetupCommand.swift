import ArgumentParser
import Glibc
import Images
import Linux
import Measure
import Support
import VM

/// Makes what a kit needs to work offline. Done again, it only does what is missing.
struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Prépare les images hors ligne et le noyau des machines virtuelles.",
        discussion: "Sans option, prépare tout. Ce qui est déjà prêt n’est pas refait.")

    @Flag(name: .long, help: "Seulement les images de conteneurs.") var images = false
    @Flag(name: .long, help: "Seulement le noyau des machines virtuelles.") var vm = false
    @Flag(name: .long, help: "Affiche les durées en JSON.") var json = false
    @Flag(name: .long, help: "Arrête et retire tout ce que ce kit fait tourner, sauf ses données.")
    var remove = false

    func run() throws {
        if remove {
            let quiet = json
            return try SetupRemove(kit: .current) { if !quiet { Output.out("  \($0)\n") } }.run()
        }
        try Kit.current.requireWritable()
        let all = images == vm
        let start = Monotonic.now
        var phases: [JSON] = []
        var result = JSONObject()
        func show(_ event: SetupProgress) {
            if case .finished(let phase, let milliseconds, let detail) = event {
                phases.append([
                    "phase": .string(phase), "milliseconds": .double(milliseconds), "detail": .string(detail)
                ])
            }
            if !json { SetupText.show(event) }
        }
        if all || images {
            let report = try guarded("images") { () throws(EscaleError) in
                try OfflineImages.prepare(kit: .current, progress: show)
            }
            result["images"] = .object(
                JSONObject(
                    zip(OfflineImages.names + OfflineImages.optional, report.images).map {
                        ($0, .string($1.idText))
                    }))
            result["package"] = .string(report.package)
            if let why = report.missing {
                result["missing"] = .string(why)
                if !json { Output.err(SetupText.withoutTides(why)) }
            }
            if !json, !report.changed { SetupText.ready("Jeu d’images hors ligne", report.package) }
        }
        if all || vm {
            let before = phases.count
            let guest = try guarded("vm") { () throws(EscaleError) in
                try GuestSetup.prepare(kit: .current, progress: show)
            }
            result["guest"] = .string(guest.package)
            if !json, phases.count == before {
                SetupText.ready("Noyau des machines virtuelles", guest.package)
            }
        }
        result["phases"] = .array(phases)
        result["milliseconds"] = .double(start.elapsedMilliseconds)
        if json { Output.out(JSON.object(result).text(pretty: true) + "\n") }
    }

    /// Says in French which part failed and what helps, before the error in its own words.
    private func guarded<R>(_ part: String, _ body: () throws(EscaleError) -> R) throws(EscaleError) -> R {
        do { return try body() } catch {
            if !json { Output.err(SetupText.failure(part, error)) }
            throw error
        }
    }
}

/// What a learner reads while it works.
enum SetupText {
    static func phase(_ name: String) -> String {
        switch name {
        case "package": "Paquet Debian busybox-static"
        case "busybox": "Image busybox"
        case "web": "Images escale/web:1 et escale/web:2"
        case "elsewhere": "Image escale/ailleurs:1"
        case "tides": "Images escale/marees:1 et escale/marees:2"
        case "kernel-package": "Paquet Debian du noyau"
        case "kernel": "Noyau des machines virtuelles"
        case "initramfs": "Disque de démarrage (initramfs)"
        case "probe": "Essai de KVM"
        default: name
        }
    }

    /// A line a phase; on a terminal it is there from the beginning, and completed at the end.
    static func show(_ event: SetupProgress) {
        let isTerminal = isatty(1) == 1
        switch event {
        case .began(let name):
            if isTerminal { Output.out("  \(phase(name))…") }
        case .finished(let name, let milliseconds, let detail):
            let seconds = (milliseconds / 100).rounded() / 10
            let time = "\(seconds)".split(separator: ".").joined(separator: ",")
            Output.out(
                (isTerminal ? "\r\u{1B}[K" : "") + "  \(phase(name)) : \(time) s"
                    + (detail.isEmpty ? "" : " (\(detail))") + "\n")
        }
    }

    static func ready(_ what: String, _ detail: String) {
        Output.out("  \(what) : déjà prêt (\(detail))\n")
    }

    static func withoutTides(_ why: String) -> String {
        "\n  Les images escale/marees manquent (\(why)) : le lab « Images » en a besoin. Vérifiez la connexion, puis relancez « escale setup --images ».\n"
    }

    static func failure(_ part: String, _ error: EscaleError) -> String {
        let what = part == "images" ? "Les images hors ligne n’ont" : "Le noyau des machines virtuelles n’a"
        let done = part == "images" ? "pas pu être préparées" : "pas pu être préparé"
        let help =
            switch error.code {
            case .unavailable:
                "Il manque un paquet Debian et il n’a pas pu être téléchargé : vérifiez la connexion, puis relancez « escale setup »."
            case .noSpace:
                "Le disque est plein : libérez de la place (df -h), puis relancez « escale setup »."
            case .denied:
                "Le dossier du kit n’est pas accessible en écriture : choisissez-en un autre avec ESCALE_ROOT."
            case .notFound:
                "Les fichiers des labs sont introuvables : lancez escale depuis le dossier du projet, ou indiquez-le avec ESCALE_LABS."
            case .corrupt: "Un fichier téléchargé est abîmé : supprimez-le, puis relancez « escale setup »."
            default: "Le détail suit."
            }
        return "\(what) \(done). \(help)\n"
    }
}
