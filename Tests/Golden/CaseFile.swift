import Linux
import Support

/// Golden cases: a name, an input and what must come of it, many to a readable file.
///
///     === name
///     input
///     ---
///     expected
///
/// `␠`, `␉` and `␍` stand for a blank, a tabulator and a carriage return that an editor would hide. With
/// `ESCALE_BLESS=1` the tests write what they got: read the difference before you believe it.
package struct CaseFile {
    package struct Case: CustomStringConvertible {
        package var name: String
        package var input: String
        package var expected: String
        package var description: String { name }
    }

    package let path: String
    package private(set) var cases: [Case]

    /// The files of one kind in `Cases` beside the tests: `parse-run.cases` is of kind `parse`.
    package static func all(_ kind: String, beside tests: String = #filePath) throws -> [CaseFile] {
        let folder = Path.parent(tests)
        return try Files.list("\(folder)/Cases").filter { $0.hasPrefix(kind) && $0.hasSuffix(".cases") }
            .sorted()
            .map { try CaseFile("\(folder)/Cases/\($0)") }
    }

    package init(_ path: String) throws {
        self.path = path
        cases = []
        var lines: [Substring] = []
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        let all: [Substring] = text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in all + ["=== "] {
            guard line.hasPrefix("=== ") else {
                lines.append(line)
                continue
            }
            if let first = lines.first, first.hasPrefix("=== ") {
                let middle = lines.firstIndex(of: "---") ?? lines.endIndex
                var expected = lines[min(middle + 1, lines.endIndex)...]
                while expected.last == "" { expected.removeLast() }
                cases.append(
                    Case(
                        name: String(first.dropFirst(4)), input: lines[1..<middle].map { $0 + "\n" }.joined(),
                        expected: expected.joined(separator: "\n")))
            }
            lines = [line]
        }
    }

    /// An input with the signs for what can't be seen replaced.
    package static func visible(_ text: String) -> String {
        String(
            text.map { character -> Character in
                switch character {
                case "␠": " "
                case "␉": "\t"
                case "␍": "\r"
                default: character
                }
            })
    }

    /// Each case that comes out otherwise than expected; rewrites the file instead if asked to.
    package mutating func check(_ run: (Case) -> String) throws -> [(name: String, got: String)] {
        var failures: [(String, String)] = []
        for index in cases.indices {
            var got = run(cases[index])
            while got.hasSuffix("\n") { got.removeLast() }
            if got != cases[index].expected { failures.append((cases[index].name, got)) }
            cases[index].expected = got
        }
        guard Environment["ESCALE_BLESS"] != nil else { return failures }
        let text = cases.map { "=== \($0.name)\n\($0.input)---\n\($0.expected)\n" }.joined(separator: "\n")
        try Files.replace(path, Array(text.utf8))
        return []
    }
}
