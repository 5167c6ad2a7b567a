/// What a learner is told about an error, in French.
public enum Explanations {
    public static func text(_ reason: DockerfileError.Reason) -> String {
        switch reason {
        case .unknownInstruction:
            "Chaque ligne d’un Dockerfile commence par une instruction : FROM, RUN, COPY… Celle-ci n’existe "
                + "pas. Une faute de frappe, ou la suite d’une ligne qui ne finit pas par « \\ » ?"
        case .unknownFlag:
            "Cette instruction ne connaît pas cette option. Les options s’écrivent avant les arguments, "
                + "avec deux tirets."
        case .flagValue: "L’option existe, mais sa valeur manque, est en double ou n’est pas admise."
        case .arguments: "Il manque un argument à cette instruction, ou elle en a un de trop."
        case .stageName:
            "Le nom d’une étape commence par une lettre et ne contient que des lettres, des chiffres, « - », "
                + "« _ » et « . »."
        case .json:
            "La forme exec est un tableau JSON : des chaînes entre guillemets doubles, séparées par des virgules."
        case .keyValue:
            "ENV, ARG et LABEL s’écrivent NOM=valeur ; mettez la valeur entre guillemets si elle contient "
                + "des espaces."
        case .heredoc:
            "Un document en ligne (<<FIN) se termine par une ligne qui ne contient que son nom, sans espace."
        case .directive:
            "Les directives (# syntax=, # escape=, # check=) se mettent une seule fois chacune, sur les "
                + "premières lignes du fichier."
        case .noStage:
            "Avant le premier FROM, seul ARG est permis : une étape commence toujours par son image de base."
        case .empty: "Un Dockerfile contient au moins une instruction FROM, qui donne l’image de base."
        case .mount:
            "Un montage s’écrit --mount=type=bind|cache|tmpfs|secret|ssh,clé=valeur,… ; chaque type a ses clés."
        case .onbuild:
            "ONBUILD garde une instruction pour les images construites à partir de celle-ci ; ni FROM, ni "
                + "MAINTAINER, ni un autre ONBUILD."
        case .healthcheck:
            "HEALTHCHECK s’écrit HEALTHCHECK [--interval=30s …] CMD commande, ou HEALTHCHECK NONE. Une durée "
                + "a une unité : 500ms, 30s, 5m."
        case .port:
            "Un port est un nombre de 0 à 65535, ou un intervalle, suivi au besoin de /tcp, /udp ou /sctp."
        case .substitution:
            "Une variable s’écrit $NOM ou ${NOM}, avec ${NOM:-défaut}, ${NOM:+autre} ou ${NOM:?message}. Un "
                + "guillemet ou une accolade n’est peut-être pas fermé."
        case .ignoreFile: "Ce motif de .dockerignore n’est pas valide."
        case .pattern: "Ce motif n’est pas valide : un « [ » n’est pas fermé, ou il finit par « \\ »."
        }
    }
}
