/// `FROM [--platform=P] IMAGE [AS NAME]`
public struct From: Hashable, Sendable {
    /// An image, a stage before it, or `scratch`; substituted with the global scope.
    public var image: String
    public var platform: String?
    /// In lower case.
    public var name: String?

    public init(image: String, platform: String? = nil, name: String? = nil) {
        self.image = image
        self.platform = platform
        self.name = name
    }
}

/// One of `ARG NAME[=DEFAULT] …`
public struct Argument: Hashable, Sendable {
    public var name: String
    /// nil where only the name is given, "" for `NAME=`.
    public var value: String?

    public init(name: String, value: String? = nil) {
        self.name = name
        self.value = value
    }
}

/// One of `ENV NAME=VALUE …` or `LABEL NAME=VALUE …`
public struct Pair: Hashable, Sendable {
    public var name: String
    public var value: String
    /// `ENV NAME VALUE`: the old form, one pair without `=`.
    public var isLegacy: Bool

    public init(name: String, value: String, isLegacy: Bool = false) {
        self.name = name
        self.value = value
        self.isLegacy = isLegacy
    }
}

/// Shell form (through `SHELL`, `/bin/sh -c` unless told otherwise) or exec form (a JSON array).
public enum CommandLine: Hashable, Sendable {
    case shell(String)
    case exec([String])
}

/// `<<EOF` … `EOF`
public struct Heredoc: Hashable, Sendable {
    public var name: String
    /// Lines as written, each with its end.
    public var content: String
    /// False where the name is quoted: then nothing in it is substituted.
    public var expands: Bool
    /// `<<-`: leading tabulators of each line go away.
    public var stripsTabs: Bool

    public init(name: String, content: String, expands: Bool, stripsTabs: Bool) {
        self.name = name
        self.content = content
        self.expands = expands
        self.stripsTabs = stripsTabs
    }

    /// The content as a file or a shell gets it.
    public var body: String {
        guard stripsTabs else { return content }
        var out: [UInt8] = []
        var atStart = true
        for byte in content.utf8 where !(atStart && byte == UInt8(ascii: "\t")) {
            out.append(byte)
            atStart = byte == UInt8(ascii: "\n")
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// `RUN [--mount=…] [--network=…] [--security=…] [--device=…] COMMAND`
public struct Run: Hashable, Sendable {
    public var line: CommandLine
    /// In the order of the line. A line that is nothing but one `<<NAME` runs its content: by the shell, or
    /// by its own interpreter where it begins with `#!`. See `script`.
    public var heredocs: [Heredoc] = []
    /// `--mount=…` as written.
    public var mountFlags: [String] = []
    /// Read from them by `StageScope.apply`, once substituted; empty before.
    public var mounts: [Mount] = []
    public var network: Network = .default
    public var security: Security = .sandbox
    /// CDI device names, an extension of the `labs` channel.
    public var devices: [Device] = []

    public enum Network: String, Hashable, Sendable, CaseIterable {
        case `default`, none, host
    }

    public enum Security: String, Hashable, Sendable, CaseIterable {
        case sandbox, insecure
    }

    public struct Device: Hashable, Sendable {
        public var name: String
        public var isRequired: Bool

        public init(name: String, isRequired: Bool = false) {
            self.name = name
            self.isRequired = isRequired
        }
    }

    public init(_ line: CommandLine) { self.line = line }

    /// The stages, contexts or images that its mounts come from: known before any substitution, since `from=`
    /// takes no variables.
    public var mountSources: [String] {
        mountFlags.compactMap { flag in
            (try? CSV.fields(flag))?.compactMap { field -> String? in
                let (key, value) = InstructionParser.cut(field)
                return key.lowercased() == "from" ? value : nil
            }.last
        }
    }

    /// What is executed once here-documents are put in.
    public enum Script: Hashable, Sendable {
        /// Through the shell.
        case shell(String)
        /// As it is.
        case exec([String])
        /// A file with a `#!` line, to be made executable and run.
        case file(name: String, content: String)
    }

    public var script: Script {
        guard case .shell(let text) = line else {
            if case .exec(let words) = line { return .exec(words) }
            return .exec([])
        }
        guard let first = heredocs.first else { return .shell(text) }
        if heredocs.count == 1, HeredocName(Array(text.utf8)[...]) != nil {
            let body = first.body
            return body.hasPrefix("#!") ? .file(name: first.name, content: body) : .shell(body)
        }
        // The shell reads its here-documents itself.
        return .shell(heredocs.reduce(text) { $0 + "\n" + $1.content + $1.name })
    }
}

/// What `COPY` and `ADD` have in common.
public struct Transfer: Hashable, Sendable {
    public var sources: [Source]
    public var destination: String
    public var chown: String?
    public var chmod: String?
    public var link = false
    /// `--exclude`, in order: patterns as in `.dockerignore`, below each source.
    public var excludes: [String] = []

    public enum Source: Hashable, Sendable {
        /// A path or pattern in the context or stage; for `ADD` also a URL or a git repository.
        case path(String)
        /// A here-document: a file of its name. `Heredoc.expands` says whether its content is substituted.
        case inline(Heredoc)
    }

    public init(sources: [Source], destination: String) {
        self.sources = sources
        self.destination = destination
    }

    public var paths: [String] {
        sources.compactMap { if case .path(let path) = $0 { path } else { nil } }
    }
}

/// `COPY [--from=…] … SOURCE… DESTINATION`
public struct Copy: Hashable, Sendable {
    public var transfer: Transfer
    /// A stage, its number, a named context or an image.
    public var from: String?
    /// Keeps the folders of the sources, from `/./` on where a source has one.
    public var parents = false

    public init(_ transfer: Transfer) { self.transfer = transfer }
}

/// `ADD … SOURCE… DESTINATION`
public struct Add: Hashable, Sendable {
    public var transfer: Transfer
    /// `sha256:…` of a URL, or a commit of a git repository.
    public var checksum: String?
    /// nil: not said, and then `.git` is not kept.
    public var keepGitDir: Bool?
    /// nil: not said; then local archives are unpacked and downloaded ones are not.
    public var unpack: Bool?

    public init(_ transfer: Transfer) { self.transfer = transfer }
}

/// `HEALTHCHECK NONE` or `HEALTHCHECK [OPTIONS] CMD …`
public enum Healthcheck: Hashable, Sendable {
    case none
    case check(Check)

    /// Durations in nanoseconds, 0 where they are not said.
    public struct Check: Hashable, Sendable {
        public var line: CommandLine
        public var interval: Int64 = 0
        public var timeout: Int64 = 0
        public var startPeriod: Int64 = 0
        public var startInterval: Int64 = 0
        /// 0 where it is not said.
        public var retries = 0

        public init(_ line: CommandLine) { self.line = line }
    }
}
