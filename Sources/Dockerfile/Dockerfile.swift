/// A Dockerfile as read: nothing is substituted yet. Source: the Dockerfile reference of `docker/dockerfile:1`.
public struct Dockerfile: Hashable, Sendable {
    public var directives: Directives
    /// The `ARG` instructions before the first `FROM`, in order: the global scope.
    public var metaArguments: [Instruction]
    /// At least one.
    public var stages: [Stage]
    /// Lines of continuations that are empty: read as if they were not there, and told by `--check`.
    public var emptyContinuations: [Int]
    /// The text it was read from, for what is told about it.
    public var source: SourceText

    /// The first lines, `# name=value`.
    public struct Directives: Hashable, Sendable {
        /// `docker/dockerfile:1`: the frontend image; ours reads the language itself and keeps it as a note.
        public var syntax: String?
        /// The character that continues lines and escapes: `\` or a backquote.
        public var escape: UInt8 = UInt8(ascii: "\\")
        /// `skip=RULE,…;error=true;experimental=RULE,…`
        public var check: String?

        public init() {}
    }

    public init(source: SourceText) {
        directives = Directives()
        metaArguments = []
        stages = []
        emptyContinuations = []
        self.source = source
    }
}

extension Dockerfile {
    /// One build stage: a `FROM` and what follows it.
    public struct Stage: Hashable, Sendable {
        /// From 0, in the order of the file: what `COPY --from=0` means.
        public var index: Int
        public var from: From
        /// The `FROM` itself.
        public var instruction: Instruction
        public var instructions: [Instruction]

        /// In lower case, as stages are looked up; nil where `AS` is missing.
        public var name: String? { from.name }

        public init(index: Int, from: From, instruction: Instruction) {
            self.index = index
            self.from = from
            self.instruction = instruction
            instructions = []
        }
    }

    /// The stage that a `--target`, `--from` or `FROM` means: the name in any case, the last one where a name
    /// is given twice, or else a number. `before` leaves out the stage itself and those after it.
    public func stage(_ reference: String, before: Int? = nil) -> Stage? {
        let known = stages.prefix(before ?? stages.count)
        let lower = reference.lowercased()
        if let stage = known.last(where: { $0.name == lower }) { return stage }
        guard let index = Int(reference), known.indices.contains(index) else { return nil }
        return known[index]
    }
}
