import Support

/// One error in the labs' files: where, which rule, and what to do. In French: teachers read it.
public struct LabProblem: Sendable, Equatable, CustomStringConvertible {
    /// Relative to the folder of the labs.
    public let file: String
    /// From 1; 0 for a file as a whole.
    public let line: Int
    public let rule: String
    public let repair: String

    public init(file: String, line: Int, rule: String, repair: String) {
        self.file = file
        self.line = line
        self.rule = Typography.french(rule)
        self.repair = Typography.french(repair)
    }

    public var description: String {
        let place = line > 0 ? "\(file):\(line)" : file
        return "\(place)\u{A0}: \(rule)\n    → \(repair)"
    }
}

/// Gathers every problem of a loading, so that a teacher mends them all at once.
final class ProblemList {
    private(set) var all: [LabProblem] = []

    func add(_ file: String, _ line: Int, _ rule: String, repair: String) {
        let problem = LabProblem(file: file, line: line, rule: rule, repair: repair)
        if !all.contains(problem) { all.append(problem) }
    }
}

/// The nearest of some words to one that was mistyped.
enum Nearest {
    static func word(to text: String, among words: [String]) -> String? {
        let best = words.map { ($0, distance(text, $0)) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= max(2, text.count / 3) else { return nil }
        return best.0
    }

    /// Levenshtein's distance.
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var row = Array(0...b.count)
        for i in a.indices {
            var corner = row[0]
            row[0] = i + 1
            for j in b.indices {
                let old = row[j + 1]
                row[j + 1] = min(row[j] + 1, old + 1, corner + (a[i] == b[j] ? 0 : 1))
                corner = old
            }
        }
        return row[b.count]
    }
}
