import ArgumentParser
import Glibc
import Images
import Linux
import Measure
import OCI
import Support

struct ExplainImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Montre ce que chaque couche d’une image a ajouté, changé et caché, et les octets perdus.")
    @Flag(name: .long, help: "En JSON.") var json = false
    @Option(name: .long, help: "Écrit une page HTML dans ce fichier.") var html: String?
    @Option(name: .long, help: "OS/PROCESSEUR[/VARIANTE].") var platform: String?
    @Argument(help: "IMAGE") var image: String

    func run() throws {
        if let html, access(Path.parent(html), W_OK) != 0 {
            throw EscaleError.system("write", html, errno: errno, repair: "mkdir -p \(Path.parent(html))")
        }
        let store = ImageStore(kit: .current)
        let wanted = try platform.map { text throws(EscaleError) in try Platform(text) }
        let found = try store.resolve(image, platform: wanted)
        let explained = ImageExplained(name: image, story: try store.story(found))
        if let html { try Files.replace(html, explained.html.utf8) }
        Output.out(json ? explained.json.text(pretty: true) + "\n" : explained.text(.terminal))
        if let html, !json { Output.out("\nPage écrite\u{A0}: \(html)\n") }
    }
}
