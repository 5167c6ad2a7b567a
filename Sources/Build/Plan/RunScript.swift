import Dockerfile

extension Run {
    /// What is executed once here-documents are put in.
    var execution: Script {
        guard case .shell(let text) = line else {
            if case .exec(let words) = line { return .exec(words) }
            return .exec([])
        }
        guard let first = heredocs.first else { return .shell(text) }
        let isAlone =
            heredocs.count == 1 && text.hasPrefix("<<") && !text.contains { $0 == " " || $0 == "\t" }
        if isAlone {
            return first.body.hasPrefix("#!")
                ? .file(name: first.name, content: first.body) : .shell(first.body)
        }
        // The shell reads the documents itself, after its command line.
        return .shell(heredocs.reduce(text) { "\($0)\n\($1.content)\($1.name)" })
    }
}
