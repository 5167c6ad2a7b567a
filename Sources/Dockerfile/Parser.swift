extension Dockerfile {
    /// Reads a Dockerfile. Refuses what the reference refuses; what it only advises against is for `--check`.
    public init(parsing bytes: [UInt8], name: String = "Dockerfile") throws(DockerfileError) {
        var reader = LineReader(bytes, name: name)
        self.init(source: reader.source)
        while let entry = try reader.entry() {
            let instruction = try Self.instruction(entry, reader: &reader)
            if case .from(let from) = instruction.command {
                stages.append(Stage(index: stages.count, from: from, instruction: instruction))
            } else if !stages.isEmpty {
                stages[stages.count - 1].instructions.append(instruction)
            } else if case .arg = instruction.command {
                metaArguments.append(instruction)
            } else {
                throw Failure(.noStage, "no build stage in current context", at: 0)
                    .placed(in: entry.line, source: source)
            }
        }
        directives = reader.directives
        emptyContinuations = reader.emptyContinuations
        if stages.isEmpty {
            let message =
                bytes.isEmpty
                ? "the Dockerfile cannot be empty"
                : metaArguments.isEmpty
                    ? "file with no instructions" : "dockerfile contains no stages to build"
            throw DockerfileError(
                .empty, message, at: Position(line: max(1, reader.lineNumber), column: 1), in: source)
        }
    }

    /// The instruction that an image's `ONBUILD` carries.
    public static func trigger(_ expression: String, of image: String) throws(DockerfileError) -> Instruction
    {
        var reader = LineReader(Array(expression.utf8), name: "ONBUILD of \(image)")
        guard let entry = try reader.entry() else {
            throw DockerfileError(
                .onbuild, "onbuild trigger should be a single expression", at: Position(line: 1, column: 1),
                in: reader.source)
        }
        let instruction = try Self.instruction(entry, reader: &reader)
        if let more = try reader.entry() {
            throw Failure(.onbuild, "onbuild trigger should be a single expression", at: 0)
                .placed(in: more.line, source: reader.source)
        }
        return instruction
    }

    private static func instruction(
        _ entry: LineReader.Entry, reader: inout LineReader
    ) throws(DockerfileError) -> Instruction {
        var entry = entry
        let parser = InstructionParser(escape: reader.directives.escape)
        let head = parser.head(entry.line.bytes[...])
        try reader.heredocs(parser.heredocNames(head), for: &entry)
        do throws(Failure) {
            let command = try parser.command(head, heredocs: entry.heredocs)
            return Instruction(
                command, keyword: head.keyword.text, lines: entry.lines, line: entry.line,
                comments: entry.comments)
        } catch {
            throw error.placed(in: entry.line, source: reader.source)
        }
    }
}
