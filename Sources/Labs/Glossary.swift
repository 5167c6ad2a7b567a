import Linux
import Support

/// The words of the course: `labs/glossaire.yaml`, a list of `terme`, `definition`, `voir`, `cours`.
public struct Glossary: Sendable {
    public struct Entry: Sendable, Equatable {
        public let term: String
        /// Markdown.
        public let definition: String
        /// Other terms.
        public let see: [String]
        /// The course's section.
        public let course: String
    }

    public let entries: [Entry]

    /// Reads the glossary of a labs folder. Throws `.invalid` with the file and line of what is wrong.
    public init(folder: String) throws(EscaleError) {
        let path = Path.join(folder, "glossaire.yaml")
        let node: YAMLNode
        do { node = try YAMLReader.parse(try Files.text(path)) } catch let error as EscaleError {
            throw error
        } catch {
            throw EscaleError(.invalid, "\(path): \(error)", repair: "escale labs")
        }
        var entries: [Entry] = []
        for item in node.items ?? [] {
            guard let term = item["terme"]?.text, let definition = item["definition"]?.text else {
                throw EscaleError(
                    .invalid, "\(path):\(item.line): un terme demande `terme` et `definition`",
                    repair: "complétez cette entrée")
            }
            entries.append(
                Entry(
                    term: term, definition: definition, see: (item["voir"]?.items ?? []).compactMap(\.text),
                    course: item["cours"]?.text ?? ""))
        }
        self.entries = entries
    }
}
