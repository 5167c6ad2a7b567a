import Glibc
import Linux
import Support

/// The file where our commands, run by bash, leave the error that they ended with: so it can be
/// explained though its text went straight to the terminal.
struct LastError {
    let path: String

    init(kit: Kit) { path = "\(kit.run)/last-error-\(getpid())" }

    struct Said {
        let status: Int32
        let message: String
        let code: String?
        /// Where an image is missing: those of its repository that are there.
        let tags: [String]
    }

    func read() -> Said? {
        guard let text = try? Files.text(path), let json = try? JSON.parse(text) else { return nil }
        return Said(
            status: Int32(clamping: json["status"].int ?? 1), message: json["message"].string ?? "",
            code: json["code"].string, tags: (json["tags"].array ?? []).compactMap(\.string))
    }

    /// The word that bash did not know.
    var missingCommand: String? {
        guard let word = try? Files.text("\(path).command"), !word.isEmpty else { return nil }
        return word
    }

    func clear() {
        unlink(path)
        unlink("\(path).command")
    }
}
