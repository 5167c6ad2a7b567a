import Glibc
import Linux
import Support

/// Who does the labs. The id seeds the variables and names the folder of the progress.
public struct Learner: Sendable, Equatable {
    /// Lower-case letters, digits and dashes.
    public let id: String
    public let name: String

    public init(name: String) {
        let cleaned = name.filter { !$0.isNewline }
        self.name = cleaned.isEmpty ? "apprenant" : cleaned
        id = Self.slug(self.name)
    }

    /// As saved in the kit, else the user of the session.
    public static func current(_ kit: Kit) -> Learner {
        if let bytes = try? Files.read(file(kit)), let name = (try? JSON.parse(bytes))?["name"].string {
            return Learner(name: name)
        }
        return Learner(name: userName)
    }

    /// Puts a file that does not read aside.
    /// - Returns: what to tell the learner; nil where all is well.
    static func repair(_ kit: Kit) -> String? {
        let path = file(kit)
        guard let bytes = try? Files.read(path), (try? JSON.parse(bytes))?["name"].string == nil else {
            return nil
        }
        let aside = "\(path).corrompu-\(Timestamp.now.seconds)"
        guard rename(path, aside) == 0 else { return nil }
        return
            "Le fichier qui retient votre nom était abîmé ; il est gardé sous \(aside). Vous êtes « \(current(kit).name) »."
    }

    public func save(_ kit: Kit) throws(EscaleError) {
        try Files.makeDirectory(kit.progress)
        let json: JSON = ["id": .string(id), "name": .string(name)]
        try Files.replace(Self.file(kit), json.bytes(pretty: true), durable: true)
    }

    private static func file(_ kit: Kit) -> String { "\(kit.progress)/apprenant.json" }

    private static var userName: String {
        // Under sudo the learner is the one who typed it.
        if let user = Environment["SUDO_USER"] ?? Environment["ESCALE_USER"] { return user }
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "apprenant" }
        return String(cString: name)
    }

    /// French letters without their accents, in lower case.
    static func unaccented(_ text: String) -> String {
        let folded: [Character: Character] = [
            "à": "a", "â": "a", "ä": "a", "ç": "c", "é": "e", "è": "e", "ê": "e", "ë": "e", "î": "i",
            "ï": "i",
            "ô": "o", "ö": "o", "ù": "u", "û": "u", "ü": "u", "ÿ": "y", "ñ": "n"
        ]
        return String(text.map { folded[$0] ?? $0 })
    }

    /// `Ada Lovelace` -> `ada-lovelace`; a name without any Latin letter keeps a hash, so that two differ.
    static func slug(_ name: String) -> String {
        var out = ""
        var lost = false
        for c in unaccented(name.lowercased()) {
            if c.isASCII, c.isLetter || c.isNumber {
                out.append(c)
            } else {
                if !c.isASCII { lost = true }
                if !out.isEmpty, !out.hasSuffix("-") { out.append("-") }
            }
        }
        while out.hasSuffix("-") { out.removeLast() }
        out = String(out.prefix(48))
        if lost || out.isEmpty {
            var generator = SeededGenerator(seed: name)
            out += (out.isEmpty ? "" : "-") + String(generator.next() & 0xFFFFFF, radix: 16)
        }
        return out
    }
}
