import OCI

/// One French sentence for each kernel step of a start: what it is for.
public enum ExplainTexts {
    /// By the step's full name, then by what stands before its last dot.
    public static func purpose(of step: KernelStep) -> String {
        var name = step.id
        if name.hasPrefix("cgroup."), name.hasSuffix(".join") { name = "cgroup.join" }
        while true {
            if let text = texts[name] { return text }
            guard let dot = name.lastIndex(of: ".") else { return "" }
            name = String(name[..<dot])
        }
    }

    /// The three acts of a start, for headings.
    public static func act(of step: KernelStep) -> String {
        switch step.side {
        case .shim: "Depuis l’hôte (le gardien du conteneur)"
        case .container: "Depuis l’intérieur (le premier processus, avant votre programme)"
        }
    }

    private static let texts: [String: String] = [
        "namespace.mount":
            "Donne au conteneur sa propre table de montages : ce qu’il monte ne se voit pas d’ailleurs.",
        "namespace.mnt":
            "Donne au conteneur sa propre table de montages : ce qu’il monte ne se voit pas d’ailleurs.",
        "namespace.pid":
            "Renumérote les processus : le premier du conteneur devient le PID 1 et ne voit que les siens.",
        "namespace.network": "Donne une pile réseau vide : ni carte, ni route, ni port déjà pris.",
        "namespace.net": "Donne une pile réseau vide : ni carte, ni route, ni port déjà pris.",
        "namespace.ipc": "Sépare la mémoire partagée et les files de messages de celles de l’hôte.",
        "namespace.uts": "Donne un nom de machine propre au conteneur.",
        "namespace.cgroup": "Cache l’arbre des cgroups de l’hôte : le conteneur se croit à la racine.",
        "namespace.user": "Fait de root dans le conteneur un utilisateur ordinaire sur l’hôte.",
        "namespace.time": "Donne des horloges propres depuis le démarrage.",
        "namespace.shim":
            "Donne au gardien sa propre table de montages : à sa fin, rien ne reste monté sur l’hôte.",
        "namespace": "Place le processus dans un espace de noms séparé.",
        "clone":
            "Crée le premier processus du conteneur, déjà dans ses espaces de noms, par un seul appel système.",
        "clone3":
            "Crée le premier processus du conteneur, déjà dans ses espaces de noms, par un seul appel système.",
        "user.mappings": "Dit au noyau quels utilisateurs du conteneur sont lesquels de l’hôte.",
        "mappings": "Dit au noyau quels utilisateurs du conteneur sont lesquels de l’hôte.",
        "mount.overlay":
            "Empile les couches de l’image en lecture seule, et une couche vide où le conteneur écrira.",
        "overlay":
            "Empile les couches de l’image en lecture seule, et une couche vide où le conteneur écrira.",
        "mount.propagation": "Empêche les montages du conteneur de remonter vers l’hôte.",
        "mount.root": "Fait de la racine du conteneur un point de montage, ce que pivot_root exige.",
        "mount.proc": "Monte /proc : la liste des processus, vue depuis le nouvel espace de noms PID.",
        "mount.sys": "Monte /sys, en lecture seule : les périphériques et les réglages du noyau.",
        "mount.sysfs": "Monte /sys, en lecture seule : les périphériques et les réglages du noyau.",
        "mount.dev": "Monte un /dev en mémoire, où ne seront créés que quelques périphériques sans danger.",
        "mount.devpts": "Donne au conteneur ses propres terminaux.",
        "mount.shm": "Donne une mémoire partagée (/dev/shm) propre au conteneur.",
        "mount.mqueue": "Donne des files de messages POSIX propres au conteneur.",
        "mount.cgroup": "Montre au conteneur son propre cgroup, en lecture seule.",
        "mount": "Monte un dossier ou un fichier que le conteneur doit voir.",
        "devices": "Crée les quelques périphériques permis : null, zero, full, random, urandom, tty.",
        "device": "Crée un périphérique permis dans /dev.",
        "pivot_root": "Change la racine : l’arbre de l’hôte disparaît de la vue du conteneur.",
        "chroot": "Change la racine du processus.",
        "paths.masked": "Cache les fichiers de /proc et de /sys qui en diraient trop sur l’hôte.",
        "paths.readonly": "Interdit d’écrire dans les réglages du noyau, qui est celui de l’hôte.",
        "root.readonly": "Met la racine en lecture seule.",
        "hostname": "Pose le nom de machine, visible dans ce seul espace de noms.",
        "domainname": "Pose le nom de domaine, visible dans ce seul espace de noms.",
        "sysctl": "Règle un paramètre du noyau propre à cet espace de noms.",
        "config": "Lit ce qu’a demandé le moteur : la configuration OCI du conteneur.",
        "state": "Note l’état du conteneur sur le disque : après une panne, on saura où il en était.",
        "cgroup.check": "Vérifie que les groupes de contrôle demandés existent sur cette machine.",
        "cgroup.unified": "Crée le groupe du conteneur dans la hiérarchie cgroup v2.",
        "cgroup.cpuacct": "Crée le groupe qui compte le temps de processeur consommé.",
        "cgroup.blkio": "Crée le groupe qui compte et limite les accès aux disques.",
        "cgroup.kill": "Tue ce qui resterait dans le groupe.",
        "cgroup.create": "Crée le groupe de contrôle qui comptera et limitera ce que consomme le conteneur.",
        "cgroup.attach": "Met le premier processus dans le groupe : tous ses enfants y naîtront.",
        "cgroup.join": "Le processus entre dans ce groupe de contrôle : tous ses enfants y naîtront.",
        "cgroup.memory": "Fixe la limite de mémoire : au-delà, le noyau tue un processus du groupe.",
        "cgroup.cpu": "Fixe la part de processeur : au-delà, le noyau met le groupe en attente.",
        "cgroup.cpuset": "Fixe les processeurs sur lesquels le groupe peut tourner.",
        "cgroup.pids": "Fixe le nombre de processus : une bombe fork s’y arrête.",
        "cgroup.devices": "Dit quels périphériques le groupe peut ouvrir.",
        "cgroup.freezer": "Permet de geler tous les processus du groupe d’un coup (pause).",
        "cgroup.remove": "Retire le groupe de contrôle, une fois vide.",
        "cgroup": "Écrit un réglage du groupe de contrôle : ce que le conteneur peut consommer.",
        "network.plug":
            "Branche un câble virtuel (veth) entre le conteneur et le pont de l’hôte, et pose l’adresse.",
        "network": "Prépare le réseau du conteneur.",
        "rlimits": "Fixe les limites par processus (fichiers ouverts, taille de pile…).",
        "rlimit": "Fixe une limite par processus.",
        "capabilities.bounding":
            "Retire pour toujours des pouvoirs de root : même un programme setuid ne les aura plus.",
        "capabilities.drop": "Ne laisse au processus que les pouvoirs de root jugés sans danger pour l’hôte.",
        "capabilities": "Règle les pouvoirs de root que garde le processus.",
        "no_new_privs": "Interdit de gagner des privilèges par la suite (setuid sans effet).",
        "seccomp.compile":
            "Traduit la liste des appels système permis en un filtre que le noyau sait exécuter.",
        "seccomp": "Filtre les appels système : les plus dangereux sont refusés par le noyau.",
        "user": "Prend l’utilisateur et les groupes demandés.",
        "cwd": "Se place dans le dossier de travail demandé.",
        "console": "Donne au conteneur un terminal à lui.",
        "hook": "Lance un programme prévu par la configuration à ce moment de la vie du conteneur.",
        "wait.start": "Le conteneur est créé ; il attend l’ordre de démarrer.",
        "start": "Donne l’ordre de démarrer au processus qui attendait.",
        "exec.find": "Cherche votre programme dans le PATH du conteneur.",
        "exec": "Remplace ce processus par votre programme : le PID ne change pas, tout le reste est prêt.",
        "session": "Détache le processus du terminal de l’hôte.",
        "keyring": "Donne un trousseau de clés du noyau propre au conteneur.",
        "oom_score_adj": "Règle la préférence du noyau quand la mémoire manque."
    ]
}
