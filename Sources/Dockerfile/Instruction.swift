/// One instruction, where it stands, and what it says.
public struct Instruction: Hashable, Sendable {
    public var command: Command
    /// As written: `Run`.
    public var keyword: String
    /// Lines of the file, from 1, here-documents included.
    public var lines: ClosedRange<Int>
    /// The instruction with continuations joined, without here-documents.
    public var line: LogicalLine
    /// The comments right above it, without `#`; a blank line or an empty comment parts them from it.
    public var comments: [String]

    public init(
        _ command: Command, keyword: String, lines: ClosedRange<Int>, line: LogicalLine,
        comments: [String] = []
    ) {
        self.command = command
        self.keyword = keyword
        self.lines = lines
        self.line = line
        self.comments = comments
    }

    /// `RUN make all`: as written, on one line.
    public var text: String { line.text }
    /// Where it begins.
    public var position: Position { line.position(0) }
}

/// What an instruction says. Text is as written: `Scope` substitutes.
public indirect enum Command: Hashable, Sendable {
    case from(From)
    case arg([Argument])
    case env([Pair])
    case label([Pair])
    case run(Run)
    case copy(Copy)
    case add(Add)
    case cmd(CommandLine)
    case entrypoint(CommandLine)
    case healthcheck(Healthcheck)
    /// `80`, `53/udp`, `8000-8010/tcp`, in order; see `ExposedPorts`.
    case expose([String])
    case user(String)
    case workdir(String)
    case volume([String])
    case stopsignal(String)
    case shell([String])
    case maintainer(String)
    /// The expression is what goes into the image: the instruction without `ONBUILD`, here-documents included.
    case onbuild(expression: String, Command)

    public var name: Keyword {
        switch self {
        case .from: .from
        case .arg: .arg
        case .env: .env
        case .label: .label
        case .run: .run
        case .copy: .copy
        case .add: .add
        case .cmd: .cmd
        case .entrypoint: .entrypoint
        case .healthcheck: .healthcheck
        case .expose: .expose
        case .user: .user
        case .workdir: .workdir
        case .volume: .volume
        case .stopsignal: .stopsignal
        case .shell: .shell
        case .maintainer: .maintainer
        case .onbuild: .onbuild
        }
    }
}

/// Every instruction of the language.
public enum Keyword: String, CaseIterable, Sendable {
    case from = "FROM"
    case arg = "ARG"
    case env = "ENV"
    case label = "LABEL"
    case run = "RUN"
    case copy = "COPY"
    case add = "ADD"
    case cmd = "CMD"
    case entrypoint = "ENTRYPOINT"
    case healthcheck = "HEALTHCHECK"
    case expose = "EXPOSE"
    case user = "USER"
    case workdir = "WORKDIR"
    case volume = "VOLUME"
    case stopsignal = "STOPSIGNAL"
    case shell = "SHELL"
    case maintainer = "MAINTAINER"
    case onbuild = "ONBUILD"
}
