/// What `--check` looks at: BuildKit's rules under their names, then ours in hadolint's spirit.
public enum Rule: String, CaseIterable, Sendable {
    case stageNameCasing = "StageNameCasing"
    case fromAsCasing = "FromAsCasing"
    case noEmptyContinuation = "NoEmptyContinuation"
    case consistentInstructionCasing = "ConsistentInstructionCasing"
    case duplicateStageName = "DuplicateStageName"
    case reservedStageName = "ReservedStageName"
    case jsonArgsRecommended = "JSONArgsRecommended"
    case maintainerDeprecated = "MaintainerDeprecated"
    case undefinedArgInFrom = "UndefinedArgInFrom"
    case undefinedVar = "UndefinedVar"
    case workdirRelativePath = "WorkdirRelativePath"
    case multipleInstructionsDisallowed = "MultipleInstructionsDisallowed"
    case legacyKeyValueFormat = "LegacyKeyValueFormat"
    case redundantTargetPlatform = "RedundantTargetPlatform"
    case secretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv"
    case invalidDefaultArgInFrom = "InvalidDefaultArgInFrom"
    case fromPlatformFlagConstDisallowed = "FromPlatformFlagConstDisallowed"
    case copyIgnoredFile = "CopyIgnoredFile"
    case invalidDefinitionDescription = "InvalidDefinitionDescription"
    case exposeProtoCasing = "ExposeProtoCasing"
    case exposeInvalidFormat = "ExposeInvalidFormat"

    case pinBaseImage = "PinBaseImage"
    case latestTag = "LatestTag"
    case lastUserRoot = "LastUserRoot"
    case sudoUsed = "SudoUsed"
    case addInsteadOfCopy = "AddInsteadOfCopy"
    case cdInRun = "CdInRun"
    case pipefailMissing = "PipefailMissing"
    case uselessCat = "UselessCat"
    case aptGetCleanup = "AptGetCleanup"
    case aptGetYes = "AptGetYes"
    case aptGetUpdateAlone = "AptGetUpdateAlone"
    case apkNoCache = "ApkNoCache"
    case pipNoCacheDir = "PipNoCacheDir"
    case packageVersionUnpinned = "PackageVersionUnpinned"

    /// Whether BuildKit has it too; the others are ours.
    public var isBuildKit: Bool {
        let all = Self.allCases
        guard let own = all.firstIndex(of: .pinBaseImage), let at = all.firstIndex(of: self) else {
            return false
        }
        return at < own
    }

    /// Only with `experimental=`.
    public var isExperimental: Bool { self == .invalidDefinitionDescription }

    /// Why it matters, for learners.
    public var reason: String {
        switch self {
        case .stageNameCasing:
            "Docker cherche les étapes en minuscules : un nom en majuscules trompe le lecteur."
        case .fromAsCasing:
            "FROM et AS s’écrivent dans la même casse, pour que la ligne se lise d’un coup d’œil."
        case .noEmptyContinuation:
            "Une ligne vide après « \\ » est ignorée aujourd’hui et sera refusée demain : l’instruction semble finie."
        case .consistentInstructionCasing:
            "Une seule casse pour toutes les instructions : les majuscules par usage."
        case .duplicateStageName: "Deux étapes du même nom : seule la dernière peut être désignée."
        case .reservedStageName: "« scratch » et « context » ont déjà un sens : l’étape serait introuvable."
        case .jsonArgsRecommended:
            "En forme shell, le processus 1 est /bin/sh, qui ne transmet pas les signaux : docker stop attend dix "
                + "secondes puis tue. La forme exec lance le programme lui-même."
        case .maintainerDeprecated:
            "MAINTAINER est abandonné ; l’étiquette org.opencontainers.image.authors le remplace."
        case .undefinedArgInFrom: "FROM ne voit que les ARG déclarés avant le premier FROM."
        case .undefinedVar: "Rien ne définit cette variable : elle vaut la chaîne vide."
        case .workdirRelativePath: "Un chemin relatif dépend du WORKDIR de l’image de base, qui peut changer."
        case .multipleInstructionsDisallowed: "Dans une étape, seule la dernière de ces instructions compte."
        case .legacyKeyValueFormat:
            "La forme « NOM valeur » est ancienne, ambiguë, et ne prend qu’une variable par ligne."
        case .redundantTargetPlatform: "FROM prend déjà la plate-forme visée."
        case .secretsUsedInArgOrEnv:
            "ARG et ENV restent lisibles dans l’image et son historique ; un secret passe par RUN --mount=type=secret."
        case .invalidDefaultArgInFrom: "Sans --build-arg, le nom de l’image de base est vide ou invalide."
        case .fromPlatformFlagConstDisallowed: "Une plate-forme fixe empêche de construire pour une autre."
        case .copyIgnoredFile: ".dockerignore exclut ce fichier du contexte : COPY ne le trouvera pas."
        case .invalidDefinitionDescription:
            "Le commentaire juste au-dessus décrit l’ARG ou l’étape : « # nom description »."
        case .exposeProtoCasing: "Le protocole s’écrit en minuscules."
        case .exposeInvalidFormat:
            "EXPOSE ne publie rien : adresse et port de l’hôte se donnent à docker run -p."
        case .pinBaseImage: "Sans étiquette, c’est « latest » : l’image de base change d’un jour à l’autre."
        case .latestTag:
            "« latest » désigne une autre image demain : la construction n’est plus reproductible."
        case .lastUserRoot:
            "Le programme tourne en root : une faille lui donne tout le conteneur. Finissez par USER."
        case .sudoUsed: "RUN est déjà exécuté par l’utilisateur de USER : sudo ne sert à rien et surprend."
        case .addInsteadOfCopy:
            "ADD télécharge et décompresse ; pour copier un fichier, COPY dit exactement ce qu’il fait."
        case .cdInRun: "cd ne vaut que pour cette ligne RUN ; WORKDIR vaut pour la suite."
        case .pipefailMissing:
            "Dans « a | b », l’échec de a passe inaperçu sans pipefail, et la construction continue."
        case .uselessCat: "« cat f | cmd » lance un processus pour rien : « cmd < f » suffit."
        case .aptGetCleanup:
            "Les listes de paquets restent dans la couche ; les effacer plus tard ne la réduit pas."
        case .aptGetYes: "Personne ne répondra à la question d’apt-get : la construction s’arrête."
        case .aptGetUpdateAlone:
            "Seul dans sa couche, apt-get update reste en cache, et install prend de vieilles listes."
        case .apkNoCache: "Sans --no-cache, l’index des paquets reste dans la couche."
        case .pipNoCacheDir: "Sans --no-cache-dir, les paquets téléchargés restent dans la couche."
        case .packageVersionUnpinned: "Sans version, le paquet installé change d’une construction à l’autre."
        }
    }
}

/// `# check=skip=A,B;error=true;experimental=all`
public struct CheckOptions: Hashable, Sendable {
    public var skipped: Set<String> = []
    public var skipsAll = false
    public var experimental: Set<String> = []
    public var experimentalAll = false
    /// Findings end the build.
    public var isError = false

    public init() {}

    /// nil where it can't be read: then it says nothing.
    public init?(_ text: String) {
        for option in text.split(separator: ";") {
            let (name, value) = InstructionParser.cut(option.filter { $0 != " " })
            guard let value else { return nil }
            let words = Set(value.split(separator: ",").map(String.init))
            switch name {
            case "skip":
                skipped = words
                skipsAll = words == ["all"]
            case "experimental":
                experimental = words
                experimentalAll = words == ["all"]
            case "error":
                guard let flag = Mount.bool(value) else { return nil }
                isError = flag
            default: return nil
            }
        }
    }

    func allows(_ rule: Rule) -> Bool {
        if rule.isExperimental { return experimentalAll || experimental.contains(rule.rawValue) }
        return !skipsAll && !skipped.contains(rule.rawValue)
    }
}

/// One thing a rule found.
public struct Finding: Hashable, Sendable {
    public var rule: Rule
    /// English, as BuildKit words it.
    public var message: String
    /// The line as it should be, where that is known.
    public var mended: String?
    public var position: Position
    public var length: Int
}
