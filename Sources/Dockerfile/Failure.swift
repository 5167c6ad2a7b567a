/// An error inside one logical line, before its place in the file is known.
struct Failure: Error {
    var reason: DockerfileError.Reason
    var message: String
    var suggestion: String?
    var place: Place

    enum Place {
        /// Bytes of the logical line.
        case offset(Int, length: Int)
        /// Where this text first stands in it.
        case text(String)
    }

    init(_ reason: DockerfileError.Reason, _ message: String, suggestion: String? = nil, at offset: Int) {
        self.reason = reason
        self.message = message
        self.suggestion = suggestion
        place = .offset(offset, length: 1)
    }

    init(_ reason: DockerfileError.Reason, _ message: String, suggestion: String? = nil, in text: String) {
        self.reason = reason
        self.message = message
        self.suggestion = suggestion
        place = .text(text)
    }

    init(_ reason: DockerfileError.Reason, _ message: String, suggestion: String? = nil, at word: Word) {
        self.init(reason, message, suggestion: suggestion, at: word.offset)
        place = .offset(word.offset, length: word.length)
    }

    func placed(in line: LogicalLine, source: SourceText) -> DockerfileError {
        let (position, length) =
            switch place {
            case .offset(let offset, let length): (line.position(offset), length)
            case .text(let text): (line.position(of: text), text.utf8.count)
            }
        return DockerfileError(
            reason, message, suggestion: suggestion, line: line.position(0).line, at: position,
            length: length, in: source)
    }
}

/// A piece of a logical line and where it stands there.
struct Word {
    var text: String
    var offset: Int
    /// In bytes as written, quotes and escapes included.
    var length: Int
}

/// The word of a list that a typo was probably meant to be.
enum Suggestion {
    /// Within two changes of a letter; nil where nothing is near, or the word is in the list.
    static func nearest(_ word: String, in options: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().utf8.prefix(64))
        var best: (text: String, distance: Int)?
        for option in options {
            let distance = distance(wanted, Array(option.lowercased().utf8))
            if distance == 0 { return nil }
            // Half of a short word is no typo any more.
            if distance < min(3, wanted.count), distance < best?.distance ?? 3 { best = (option, distance) }
        }
        return best?.text
    }

    /// Levenshtein's.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let replaced = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }
}
