/// What an engine's error means here, and what to try: said after the error itself, in French.
package struct FrenchHelp: Equatable, Sendable {
    package var meaning: String
    /// Markdown, one action each.
    package var actions: [String]

    package init(_ meaning: String, _ actions: String...) {
        self.meaning = meaning
        self.actions = actions
    }
}

package enum FrenchErrors {
    /// - Parameters:
    ///   - message: the error as Docker words it; may be empty.
    ///   - code: `EscaleError.Code`'s name, where our own command said it.
    ///   - status: the exit status.
    /// - Returns: nil for a failure that is the program's own business.
    ///   - tags: images of the same repository that are there, where the one asked for is not.
    package static func explain(message: String, code: String?, status: Int32, tags: [String] = [])
        -> FrenchHelp?
    {
        for entry in catalogue {
            guard let object = entry.match(message) else { continue }
            return tags.isEmpty ? entry.help(object) : missingTag(object, tags)
        }
        return byStatus(message, status) ?? code.flatMap(byCode)
    }

    /// A text that the message must contain (any case), and what to say. The object is what follows
    /// it up to the end of the line.
    private struct Entry: Sendable {
        let patterns: [String]
        let help: @Sendable (String) -> FrenchHelp

        init(_ patterns: String..., help: @escaping @Sendable (String) -> FrenchHelp) {
            self.patterns = patterns
            self.help = help
        }

        func match(_ message: String) -> String? {
            let lower = Array(message.lowercased())
            let original = Array(message)
            for pattern in patterns {
                let wanted = Array(pattern)
                guard lower.count >= wanted.count else { continue }
                for start in 0...(lower.count - wanted.count)
                where Array(lower[start..<start + wanted.count]) == wanted {
                    guard lower.count == original.count else { return "" }
                    let rest = String(original[(start + wanted.count)...].prefix { !$0.isNewline })
                    let object = rest.drop { " :\"'".contains($0) }.prefix { !"\"',".contains($0) }
                    // What follows in brackets says why, and is no part of the name.
                    let end = object.firstRange(of: " (")?.lowerBound ?? object.endIndex
                    return object[..<end].trimmingSpaces
                }
            }
            return nil
        }
    }

    private static func missingTag(_ image: String, _ tags: [String]) -> FrenchHelp {
        let known = tags.map { "`\($0)`" }.joined(separator: ", ")
        return FrenchHelp(
            "L’image « \(image) » n’est pas dans le magasin de cette machine, mais une autre étiquette du même nom y est : sans étiquette, c’est `:latest` qui est demandé.",
            "essayez \(known)")
    }

    private static func named(_ object: String, _ article: String) -> String {
        object.isEmpty ? "Ce \(article)" : "« \(object) »"
    }

    // The first that matches wins: the particular before the general.
    private static let catalogue: [Entry] = [
        Entry("forcefully exiting") { _ in
            FrenchHelp(
                "Vous avez repris la main ; le conteneur, lui, continue.",
                "`docker ps` le montre, `docker stop NOM` l’arrête")
        },
        Entry("not supported by this engine") { _ in
            FrenchHelp(
                "Docker connaît ce verbe, mais ce moteur ne sait pas encore le faire.",
                "`aide` liste ce qu’il sait faire")
        },
        Entry("cannot save your progress", "cannot prepare", "impossible d’écrire dans") { _ in
            FrenchHelp(
                "Escale ne peut pas écrire dans ses dossiers : ils ne sont pas à vous, sont en lecture seule, ou le disque est plein. Rien de ce qui était enregistré n’est perdu.",
                "`df -h` montre la place, `ls -ld` à qui est un dossier",
                "`ESCALE_ROOT` et `ESCALE_RUN` peuvent désigner d’autres dossiers, où vous pouvez écrire")
        },
        Entry("init was oom-killed") { _ in
            FrenchHelp(
                "La mémoire manquait déjà pour démarrer : le noyau a tué le premier processus du conteneur avant qu’il ne lance son programme.",
                "donnez-en davantage (`-m`), ou libérez-en : `free -m` montre ce que l’hôte a encore")
        },
        Entry("no such container: ", "no such container") { name in
            FrenchHelp(
                "Aucun conteneur ne s’appelle \(name.isEmpty ? "ainsi" : "« \(name) »") : il n’a pas été créé, il a été supprimé (`--rm` supprime dès l’arrêt), ou son nom est écrit autrement.",
                "`docker ps -a` liste tous les conteneurs, même arrêtés")
        },
        Entry("no such vm: ", "no such vm") { name in
            FrenchHelp(
                "Aucune machine virtuelle ne s’appelle \(name.isEmpty ? "ainsi" : "« \(name) »").",
                "`vm ps -a` liste les machines virtuelles, même arrêtées")
        },
        Entry("no such image: ", "no such image", "unable to find image") { name in
            FrenchHelp(
                "L’image \(name.isEmpty ? "" : "« \(name) » ")n’est pas dans le magasin de cette machine, et aucun registre ne l’a donnée.",
                "`docker images` liste les images présentes",
                "vérifiez le nom : sans étiquette, c’est `:latest` qui est demandé")
        },
        Entry("toomanyrequests") { _ in
            FrenchHelp(
                "Le registre limite le nombre de téléchargements, et cette machine (ou toute la classe, vue sous une même adresse) a atteint la limite.",
                "réessayez plus tard", "`docker login` donne souvent droit à davantage",
                "un miroir dans la salle évite de redemander la même image")
        },
        Entry("no basic auth credentials", "unauthorized", "incorrect username or password") { _ in
            FrenchHelp(
                "Ce registre veut savoir qui vous êtes, ou ne reconnaît pas ce nom et ce mot de passe.",
                "`docker login REGISTRE`, puis la même commande")
        },
        Entry("no matching manifest for ") { platform in
            FrenchHelp(
                "Cette image existe, mais pas pour ce processeur (\(platform.split(separator: " ").first ?? "")).",
                "`--platform` en choisit un autre : elle sera là, mais ses programmes ne tourneront pas ici")
        },
        Entry("manifest unknown", "manifest for ") { _ in
            FrenchHelp(
                "Le registre répond, mais n’a pas d’image de ce nom avec cette étiquette.",
                "vérifiez le nom : sans étiquette, c’est `:latest` qui est demandé")
        },
        Entry("pull access denied", "repository does not exist") { _ in
            FrenchHelp(
                "Le registre ne donne pas cette image : elle n’y est pas, ou elle est réservée.",
                "`docker images` liste les images présentes",
                "`docker login REGISTRE` si vous y avez un compte")
        },
        Entry("failed to verify certificate") { _ in
            FrenchHelp(
                "Ce registre présente un certificat que cette machine ne connaît pas : ce peut être un autre que celui qu’il prétend être.",
                "le certificat de son autorité se range dans `/etc/docker/certs.d/REGISTRE/ca.crt`")
        },
        Entry("no such host", "i/o timeout", "network is unreachable") { _ in
            FrenchHelp(
                "Le registre n’est pas joignable : pas de réseau, ou son nom n’existe pas.",
                "`docker images` liste les images qui sont déjà là", "vérifiez le nom du registre")
        },
        Entry("does not match its digest", "manifest verification failed") { _ in
            FrenchHelp(
                "Ce que le registre a envoyé n’est pas ce que promet l’empreinte : rien n’en a été gardé.",
                "réessayez ; si cela continue, le registre ou un mandataire sur le chemin est abîmé")
        },
        Entry("invalid reference format") { _ in
            FrenchHelp(
                "Ce nom d’image est mal formé : il s’écrit en minuscules, `[registre/]nom[:étiquette]`.",
                "regardez s’il manque une espace, ou s’il y en a une de trop, avant le nom de l’image")
        },
        Entry("is already in use by container", "name is already in use", "already in use by vm") { _ in
            FrenchHelp(
                "Un nom ne sert qu’à un conteneur à la fois, et un conteneur arrêté garde le sien.",
                "`docker rm NOM` supprime l’ancien (`-f` s’il tourne encore)", "ou choisissez un autre nom")
        },
        Entry("port is already allocated", "address already in use") { _ in
            FrenchHelp(
                "Un seul programme peut écouter sur ce port de l’hôte, et il est pris.",
                "`docker ps` montre les ports déjà publiés ; `ss -ltnp`, les autres programmes",
                "publiez sur un autre port : `-p 8081:80`")
        },
        Entry("cannot connect to the docker daemon", "the engine did not start", "cannot start the engine") {
            _ in
            FrenchHelp(
                "Le moteur (le démon qui gère les conteneurs) ne répond pas.",
                "`diagnostic` cherche ce qui l’empêche de démarrer",
                "recommencez la commande : le moteur est relancé chaque fois qu’il manque")
        },
        Entry("permission denied while trying to connect") { _ in
            FrenchHelp(
                "Le moteur tourne, mais votre compte n’a pas le droit de lui parler : il appartient sans doute à un autre utilisateur.",
                "`id` dit qui vous êtes", "relancez Escale sous le compte qui a démarré le moteur")
        },
        Entry(
            "executable file not found", "no such file or directory: unknown", "exec: no such file"
        ) { _ in
            FrenchHelp(
                "Le programme demandé n’existe pas *dans l’image* : un conteneur ne voit pas les programmes de l’hôte. C’est le code 127.",
                "`docker run --rm IMAGE ls /bin` montre ceux qu’elle contient",
                "l’ordre compte : les options d’abord, puis l’image, puis la commande")
        },
        Entry("exec format error") { _ in
            FrenchHelp(
                "Ce programme n’est pas fait pour ce processeur, ou c’est un script sans `#!` en première ligne.",
                "`docker inspect -f '{{.Architecture}}' IMAGE` dit pour quel processeur elle est faite")
        },
        Entry("permission denied: unknown", "exec: permission denied") { _ in
            FrenchHelp(
                "Le fichier est bien là, mais il n’est pas exécutable (ou c’est un dossier). C’est le code 126.",
                "`chmod +x FICHIER` avant de le mettre dans l’image")
        },
        Entry(
            "you cannot remove a running container", "cannot remove a running", "container is running: stop"
        ) { _ in
            FrenchHelp(
                "On ne supprime pas un conteneur qui tourne : il faut d’abord l’arrêter.",
                "`docker stop NOM`, puis `docker rm NOM`", "ou les deux d’un coup : `docker rm -f NOM`")
        },
        Entry("image is being used", "conflict: unable to remove repository") { _ in
            FrenchHelp(
                "Un conteneur, même arrêté, est posé sur cette image : on ne peut pas la lui retirer.",
                "`docker ps -a` montre lequel ; supprimez-le d’abord")
        },
        Entry("is not running") { _ in
            FrenchHelp(
                "Ce conteneur existe, mais son programme est terminé : il n’y a plus de processus à qui parler.",
                "`docker logs NOM` montre ce qu’il a dit", "`docker start NOM` le relance")
        },
        Entry("is paused") { _ in
            FrenchHelp(
                "Ce conteneur est en pause : ses processus sont gelés.", "`docker unpause NOM` le réveille")
        },
        Entry("already stopped", "already paused", "already started", "already running") { _ in
            FrenchHelp("Il est déjà dans cet état.", "`docker ps -a` montre l’état de chacun")
        },
        Entry("pids limit", "pids.max", "resource temporarily unavailable", "can't fork", "cannot fork") {
            _ in
            FrenchHelp(
                "La limite du nombre de processus (`--pids-limit`) est atteinte : le noyau refuse d’en créer un de plus. L’hôte, lui, continue.",
                "`docker stats --no-stream NOM` montre combien il y en a")
        },
        Entry("no space left on device", "not enough space") { _ in
            FrenchHelp(
                "Le disque est plein : rien de plus ne peut y être écrit.",
                "`df -h` montre lequel", "`nettoyer` supprime vos conteneurs et vos machines virtuelles")
        },
        Entry("cannot allocate memory", "out of memory", "oomkilled") { _ in
            FrenchHelp(
                "La mémoire manque : celle de la machine, ou la limite donnée par `-m`.",
                "`free -m` montre celle de la machine ; `docker stats --no-stream`, celle des conteneurs")
        },
        Entry("unknown shorthand flag: ", "unknown flag: ", "unknown option") { flag in
            FrenchHelp(
                "L’option \(flag.isEmpty ? "" : "« \(flag) » ")n’existe pas pour cette commande.",
                "`COMMANDE --help` liste les options",
                "les options se placent avant le nom de l’image ; après, elles vont au programme")
        },
        Entry("n’est pas une commande", "is not a docker command") { _ in
            FrenchHelp("Aucune commande ne porte ce nom.", "`aide` liste les verbes")
        },
        Entry("unexpected argument", "unknown command", "unknown subcommand") { word in
            FrenchHelp(
                "\(word.isEmpty ? "Ce mot" : "« \(word) »") est de trop, ou n’est pas un verbe que ce moteur connaît.",
                "`aide` liste les verbes ; `COMMANDE --help`, ses options")
        },
        Entry("flag needs an argument", "missing value for") { _ in
            FrenchHelp(
                "Cette option veut une valeur, et il n’y en a pas.", "par exemple `-m 64m`, `--name phare`")
        },
        Entry("invalid argument") { value in
            FrenchHelp(
                "La valeur \(value.isEmpty ? "" : "« \(value) » ")ne convient pas à cette option.",
                "tailles : `64m`, `1g` ; ports : `8080:80` ; processeurs : `0.5`")
        },
        Entry("invalid publish specification") { _ in
            FrenchHelp("Un port publié s’écrit `-p HÔTE:CONTENEUR`.", "par exemple `-p 8080:80`")
        },
        Entry("requires at least", "requires exactly", "missing expected argument", "accepts") { _ in
            FrenchHelp(
                "Il manque un nom, ou il y en a un de trop.", "`COMMANDE --help` montre la forme attendue")
        },
        Entry("map has no entry for key", "can't evaluate field") { field in
            FrenchHelp(
                "Le modèle est bien écrit, mais il n’y a pas de champ \(field.isEmpty ? "de ce nom" : "« \(field) »") à cet endroit ; majuscules et minuscules comptent.",
                "`docker inspect NOM`, sans `-f`, montre tous les champs")
        },
        Entry("unable to prepare context: path", "unable to prepare context") { folder in
            FrenchHelp(
                "Le dernier mot de `build` est le dossier à construire (le contexte), et \(folder.isEmpty ? "celui-ci" : "« \(folder) »") n’est pas là.",
                "`ls` montre ce qu’il y a ici, `pwd` où vous êtes ; `.` est le dossier même")
        },
        Entry("dockerfile parse error") { _ in
            FrenchHelp(
                "Le Dockerfile ne se lit pas : la ligne marquée `>>>` a une erreur. Rien n’a été construit.",
                "corrigez-la et relancez la construction ; `dockerfile check FICHIER` relit tout le fichier")
        },
        Entry("template parsing error") { _ in
            FrenchHelp(
                "Le modèle donné à `-f` ou `--format` est mal écrit.",
                "la forme est `'{{.Nom}}'`, entre apostrophes ; par exemple `'{{.State.Pid}}'`")
        },
        Entry("no such network") { name in
            FrenchHelp("\(named(name, "réseau")) n’est pas un réseau connu.", "`docker network ls` les liste")
        },
        Entry("no such volume") { name in
            FrenchHelp("\(named(name, "volume")) n’est pas un volume connu.", "`docker volume ls` les liste")
        },
        Entry("no such file or directory", "could not find the file", "no such path") { _ in
            FrenchHelp(
                "Ce fichier ou ce dossier n’existe pas à cet endroit.",
                "`ls` regarde sur l’hôte, `docker exec NOM ls` dans le conteneur")
        },
        Entry("qemu", "/dev/kvm") { _ in
            FrenchHelp(
                "La machine virtuelle n’a pas pu démarrer, ou QEMU s’est arrêté.",
                "`vm logs NOM` montre ce qu’elle a dit", "`diagnostic` vérifie QEMU et KVM")
        },
        Entry("read-only file system") { _ in
            FrenchHelp(
                "Cette partie du système de fichiers est en lecture seule.",
                "dans un conteneur, `/proc/sys` et `/sys` le sont toujours, et tout l’est avec `--read-only`")
        },
        Entry("operation not permitted") { _ in
            FrenchHelp(
                "Le noyau refuse cette opération : même root, dans un conteneur, n’a que quelques pouvoirs (capabilities).",
                "`diagnostic` dit ce que cette machine permet")
        },
        Entry("permission denied") { _ in
            FrenchHelp(
                "Vous n’avez pas le droit d’utiliser ce fichier ou ce programme.",
                "`ls -l` montre à qui il est, `id` qui vous êtes")
        }
    ]

    /// Statuses that Docker and the shells give a meaning to.
    private static func byStatus(_ message: String, _ status: Int32) -> FrenchHelp? {
        switch status {
        case 137:
            FrenchHelp(
                "137 = 128 + 9 : le programme a été tué par SIGKILL. Par `docker kill`, par `docker stop` après le délai de grâce, ou par le noyau quand la mémoire permise (`-m`) était dépassée.",
                "`docker inspect -f '{{.State.OOMKilled}}' NOM` dit si c’était la mémoire")
        case 143:
            FrenchHelp("143 = 128 + 15 : le programme a été arrêté par SIGTERM, comme le fait `docker stop`.")
        case 139:
            FrenchHelp("139 = 128 + 11 : le programme a lu ou écrit hors de sa mémoire (SIGSEGV).")
        case 125:
            FrenchHelp(
                "125 : le moteur a refusé, le programme n’a pas été lancé.",
                "`COMMANDE --help` montre les options")
        case 126:
            FrenchHelp("126 : le programme existe dans l’image, mais ne peut pas être exécuté.")
        case 127:
            FrenchHelp(
                "127 : ce programme n’existe pas dans l’image.",
                "`docker run --rm IMAGE ls /bin` montre ceux qu’elle contient")
        default: nil
        }
    }

    /// The kind of an error of ours that no pattern knows.
    private static func byCode(_ code: String) -> FrenchHelp? {
        switch code {
        case "invalid":
            FrenchHelp("La commande est mal écrite.", "`COMMANDE --help` montre la forme attendue")
        case "notFound": FrenchHelp("Ce qui est demandé n’existe pas (ou plus).")
        case "conflict": FrenchHelp("L’objet n’est pas dans l’état qu’il faudrait, ou son nom est pris.")
        case "denied":
            FrenchHelp(
                "Le système refuse : il manque un droit.", "`diagnostic` dit ce que cette machine permet")
        case "unavailable":
            FrenchHelp(
                "Cette machine ne sait pas le faire, ou un service manque.", "`diagnostic` dit ce qui manque")
        case "noSpace": FrenchHelp("Le disque est plein.", "`df -h` montre lequel")
        case "noMemory": FrenchHelp("La mémoire manque.", "`free -m` montre ce qu’il en reste")
        case "timeout":
            FrenchHelp("La réponse n’est pas venue à temps.", "recommencez ; si cela dure, `diagnostic`")
        case "corrupt": FrenchHelp("Un fichier est abîmé.", "`diagnostic` dit lequel")
        case "internal":
            FrenchHelp(
                "C’est un défaut d’Escale, pas une faute de votre part.",
                "gardez le message et prévenez votre enseignant")
        default: nil
        }
    }

    /// As it is printed under the error.
    package static func render(_ help: FrenchHelp, _ style: Style) -> String {
        let mark = style.paint(style.isUTF8 ? "▸" : ">", .yellow) + " "
        var out = Wrap.text(
            Markdown.inline(French.set(help.meaning), style), width: style.width, first: mark, rest: "  ")
        for action in help.actions {
            out += Wrap.text(
                Markdown.inline(French.set(action), style), width: style.width,
                first: "  \(style.dim(style.arrow)) ",
                rest: "  " + String(repeating: " ", count: Width.of(style.arrow) + 1))
        }
        return out
    }
}
