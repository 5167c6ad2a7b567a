/// What `aide VERBE` and `? VERBE` say.
package struct VerbHelp: Equatable, Sendable {
    /// The form, as it is typed.
    package var usage: String
    /// One line, without a final point.
    package var summary: String
    /// Markdown; may be empty.
    package var details: String
}

extension Verb {
    package var help: VerbHelp {
        switch self {
        case .labs:
            VerbHelp(usage: "labs", summary: "la liste des labs, et où vous en êtes", details: "")
        case .ouvrir:
            VerbHelp(
                usage: "ouvrir [LAB]", summary: "commence ou rouvre un lab",
                details:
                    "LAB est son numéro dans la liste ou son identifiant. Sans LAB : celui où vous étiez. Vous arrivez à la première étape non résolue, dans le dossier de travail du lab."
            )
        case .suivant: VerbHelp(usage: "suivant", summary: "passe à l’étape suivante", details: "")
        case .precedent: VerbHelp(usage: "précédent", summary: "revient à l’étape précédente", details: "")
        case .aller:
            VerbHelp(
                usage: "aller ÉTAPE", summary: "va à une étape : son numéro ou son identifiant",
                details: "On peut faire les étapes dans le désordre.")
        case .lire: VerbHelp(usage: "lire", summary: "réaffiche l’énoncé de l’étape", details: "")
        case .predire:
            VerbHelp(
                usage: "prédire [CHOIX]", summary: "s’engage sur une prédiction, avant de mesurer",
                details:
                    "Sans CHOIX, pose la question. Une prédiction fausse ne coûte rien ; elle ne peut plus être changée une fois donnée."
            )
        case .lancer:
            VerbHelp(
                usage: "lancer", summary: "fait la mesure de l’étape, après la prédiction",
                details:
                    "Sert aux étapes qui ont une prédiction. Les chiffres sont ceux de cette machine, maintenant."
            )
        case .repondre:
            VerbHelp(
                usage: "répondre RÉPONSE…", summary: "donne la réponse que l’étape demande",
                details:
                    "Plusieurs réponses s’écrivent `repondre noyaux=1 inode=4026532441`. La réponse est gardée ; `verifier` la juge. On peut en changer."
            )
        case .verifier:
            VerbHelp(
                usage: "vérifier",
                summary: "vérifie l’étape : ce qui est fait, et la première chose qui manque",
                details:
                    "Ce sont les effets qui comptent (conteneurs, VM, fichiers, réponses), pas les commandes tapées : un autre terminal compte tout autant. On peut vérifier autant de fois qu’on veut."
            )
        case .indice:
            VerbHelp(
                usage: "indice", summary: "l’indice suivant, après un premier essai",
                details:
                    "Les indices viennent dans l’ordre. Un indice ne coûte ses points que si l’étape est ensuite réussie, et ne coûte plus rien après."
            )
        case .pourquoi:
            VerbHelp(usage: "pourquoi", summary: "explique le dernier résultat de `verifier`", details: "")
        case .solution:
            VerbHelp(
                usage: "solution",
                summary: "montre une solution ; l’étape ne rapporte plus que 40 % de ses points",
                details: "")
        case .expliquer:
            VerbHelp(
                usage: "expliquer run IMAGE [COMMANDE…]",
                summary: "démarre un conteneur et montre chaque étape du noyau, avec sa durée",
                details:
                    "Puis le conteneur vu du dedans et vu de l’hôte, côte à côte. Par exemple : `expliquer run busybox`.\n\n`expliquer build DOSSIER` dit pourquoi chaque étape d’une construction vient du cache ou non ; `expliquer image IMAGE`, ce que chaque couche a ajouté, changé et caché."
            )
        case .comparer:
            VerbHelp(
                usage: "comparer IMAGE [--json] [--html FICHIER]",
                summary: "mesure la même image sur l’hôte, en conteneur et en VM",
                details:
                    "Chaque chiffre vient avec le nombre de mesures et leur médiane ; ceux de la VM disent KVM ou TCG. Par exemple : `comparer busybox --html comparaison.html`."
            )
        case .progres:
            VerbHelp(
                usage: "progrès", summary: "vos points, lab par lab, et les révisions à venir", details: "")
        case .refaire:
            VerbHelp(
                usage: "refaire",
                summary: "remet l’étape au départ : supprime ce qu’elle a créé, remet ses fichiers",
                details: "Les points déjà gagnés restent gagnés.")
        case .reprendre: VerbHelp(usage: "reprendre", summary: "reprend là où vous en étiez", details: "")
        case .diagnostic:
            VerbHelp(
                usage: "diagnostic", summary: "ce qui marche sur cette machine, et comment réparer le reste",
                details: "")
        case .nettoyer:
            VerbHelp(
                usage: "nettoyer [-y]",
                summary: "supprime tous vos conteneurs et toutes vos VM, après confirmation",
                details: "Images, progression et fichiers restent.")
        case .moteur:
            VerbHelp(
                usage: "moteur [escale|docker]",
                summary: "dit ou choisit quel moteur la commande `docker` désigne",
                details:
                    "`moteur docker` : le client Docker de cette machine et son propre démon, s’il y en a un. `moteur escale` : retour à celui d’Escale."
            )
        case .glossaire:
            VerbHelp(
                usage: "glossaire [TERME]", summary: "les mots du cours, ou la définition de l’un d’eux",
                details: "")
        case .historique:
            VerbHelp(
                usage: "historique [N]", summary: "vos dernières lignes", details: "`^R` cherche dans toutes."
            )
        case .aide:
            VerbHelp(
                usage: "aide [MOT]", summary: "cette liste, ou l’aide sur un verbe, une commande, un terme",
                details: "`? MOT` et `MOT ?` font de même.")
        case .quitter:
            VerbHelp(
                usage: "quitter", summary: "quitte le shell ; tout est déjà enregistré (`^D` aussi)",
                details: "Vos conteneurs et vos VM continuent de tourner : `nettoyer` les supprime.")
        }
    }
}

/// One line of French on each of Docker's verbs, and an example.
package enum EngineHelp {
    package static let verbs: [String: (summary: String, example: String)] = [
        "attach": ("branche votre terminal sur un conteneur qui tourne", "attach phare"),
        "build": ("construit une image à partir d’un Dockerfile", "build -t monimage:v1 ."),
        "builder": ("ce que garde la construction : son cache", "builder prune"),
        "commit": ("fait une image des changements d’un conteneur", "commit phare monimage:v2"),
        "container": ("les commandes sur les conteneurs, rangées ensemble", "container ls -a"),
        "cp": ("copie des fichiers entre l’hôte et un conteneur", "cp phare:/etc/hostname ."),
        "create": ("crée un conteneur sans le démarrer", "create --name phare busybox sleep 60"),
        "diff": ("ce qu’un conteneur a ajouté (A), changé (C) et retiré (D) de son image", "diff phare"),
        "events": ("ce que fait le moteur, au fur et à mesure", "events"),
        "exec": ("lance un programme de plus dans un conteneur qui tourne", "exec -it phare sh"),
        "export": (
            "écrit tous les fichiers d’un conteneur dans une archive tar", "export -o phare.tar phare"
        ),
        "history": ("les couches d’une image, et ce qui les a faites", "history busybox"),
        "image": ("les commandes sur les images, rangées ensemble", "image ls"),
        "images": ("les images présentes sur cette machine", "images"),
        "import": ("fait une image d’une archive tar de fichiers", "import racine.tar monimage:v1"),
        "info": ("ce que le moteur dit de lui-même", "info"),
        "inspect": (
            "tout ce que le moteur sait d’un conteneur ou d’une image", "inspect -f '{{.State.Pid}}' phare"
        ),
        "kill": (
            "envoie un signal au programme d’un conteneur (SIGKILL sans rien dire)", "kill -s TERM phare"
        ),
        "load": ("lit des images d’une archive", "load -i images.tar"),
        "logs": ("ce qu’un conteneur a écrit (`-f` : et la suite)", "logs -f phare"),
        "pause": ("gèle tous les processus d’un conteneur", "pause phare"),
        "port": ("les ports publiés d’un conteneur", "port web"),
        "ps": ("les conteneurs qui tournent (`-a` : tous)", "ps -a"),
        "rename": ("change le nom d’un conteneur", "rename phare balise"),
        "restart": ("arrête puis redémarre un conteneur", "restart phare"),
        "rm": ("supprime un conteneur arrêté (`-f` : même s’il tourne)", "rm -f phare"),
        "login": ("se fait connaître d’un registre", "login localhost:5000"),
        "logout": ("oublie un registre", "logout localhost:5000"),
        "pull": ("télécharge une image d’un registre", "pull localhost:5000/monimage:v1"),
        "push": ("envoie une image à un registre", "push localhost:5000/monimage:v1"),
        "rmi": ("retire une image", "rmi monimage"),
        "run": (
            "crée un conteneur à partir d’une image et lance un programme dedans", "run -it --rm busybox sh"
        ),
        "save": ("écrit des images, avec leurs couches, dans une archive", "save -o images.tar busybox"),
        "start": ("démarre un conteneur arrêté", "start phare"),
        "stats": ("mémoire, processeur et processus de chaque conteneur", "stats --no-stream"),
        "stop": ("demande à un conteneur de s’arrêter (SIGTERM, puis SIGKILL après 10 s)", "stop phare"),
        "tag": ("donne un nom de plus à une image", "tag busybox monimage:v1"),
        "top": ("les processus d’un conteneur, vus de l’hôte", "top phare"),
        "unpause": ("réveille un conteneur gelé", "unpause phare"),
        "version": ("les versions du client et du moteur", "version"),
        "wait": ("attend la fin d’un conteneur et donne son code de retour", "wait phare"),
        "docker": ("le client du moteur : tous ces verbes, avec `docker` devant", "docker ps"),
        "vm": (
            "démarre la même image en machine virtuelle : run, ps, stop, kill, rm, pause, logs, console, inspect",
            "vm run -it --name v1 busybox sh"
        ),
        "vm run": (
            "démarre une image en machine virtuelle et lance un programme dedans",
            "vm run -it --rm busybox sh"
        ),
        "vm ps": ("les machines virtuelles qui tournent (`-a` : toutes)", "vm ps -a"),
        "vm stop": ("demande à une machine virtuelle de s’arrêter", "vm stop v1"),
        "vm kill": ("tue une machine virtuelle", "vm kill v1"),
        "vm rm": ("supprime une machine virtuelle arrêtée (`-f` : même si elle tourne)", "vm rm -f v1"),
        "vm logs": (
            "ce qu’une machine virtuelle a écrit (`--console` : ce qu’a dit son noyau)", "vm logs v1"
        ),
        "vm console": ("branche votre terminal sur une machine virtuelle (^P^Q la quitte)", "vm console v1"),
        "compare": ("mesure la même image sur l’hôte, en conteneur et en VM", "compare busybox"),
        "explain": (
            "montre, pas à pas, un départ de conteneur (run), une construction (build) ou des couches (image)",
            "explain run busybox"
        ),
        "dockerfile": (
            "relit un Dockerfile et dit, en français, ce qui s’y améliore", "dockerfile check Dockerfile"
        ),
        "doctor": ("ce qui marche sur cette machine, et comment réparer le reste", "doctor"),
        "registry": (
            "démarre un registre d’images (`start`), montre ceux qui tournent (`ps`), range le sien (`gc`, `verify`)",
            "registry start depot --port 5101"
        ),
        "bench": ("mesure le départ d’un conteneur, à côté d’un vrai Docker", "bench"),
        "lab": (
            "les labs sans le shell : show, start, predict, answer, check, hint, solution, reset, test",
            "lab check conteneurs-vs-vm"
        ),
        "grade": ("les notes : --json, --junit FICHIER, --csv FICHIER", "grade --json"),
        "daemon": ("le moteur lui-même ; il démarre tout seul quand il le faut", "daemon")
    ]
}
