import Glibc
import Linux
import Support

extension Kit {
    /// Makes the kit's folder where it is missing, and makes sure that we may write there.
    /// - Throws: what a learner is told everywhere, in French, with the command that repairs it.
    public func requireWritable() throws(EscaleError) {
        do {
            try Files.makeDirectory(root)
            try Sys.call("access", root) { access(root, W_OK | X_OK) }
        } catch {
            throw EscaleError(
                error.code, "impossible d’écrire dans \(root) (ESCALE_ROOT)\u{A0}: \(Self.reason(error))",
                errno: error.errno, repair: Self.repair(root))
        }
    }

    private static func reason(_ error: EscaleError) -> String {
        switch error.errno {
        case EACCES, EPERM: "ce dossier n’est pas à vous"
        case EROFS: "il est sur un disque en lecture seule"
        case ENOSPC, EDQUOT: "le disque est plein"
        case ENOTDIR: "ce n’est pas un dossier"
        case ENOENT: "ce dossier ne peut pas être créé là"
        default: error.message
        }
    }

    private static func repair(_ root: String) -> String {
        let home = "$HOME/.local/share/escale"
        let isHome = Environment["HOME"].map { root == "\($0)/.local/share/escale" } ?? false
        return "export ESCALE_ROOT=\(isHome ? "/un/autre/dossier" : home)"
    }
}
