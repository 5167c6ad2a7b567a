import Dockerfile
import Linux
import OCI
import RegistryClient
import Support

/// What to build, and how: the Docker API's parameters of `/build`, and what only our own client says.
package struct BuildRequest: Sendable {
    /// The file in the context.
    package var dockerfile = "Dockerfile"
    /// Its content, where it is not in the context.
    package var dockerfileText: [UInt8]?
    package var tags: [Reference] = []
    /// `--build-arg`
    package var arguments: [String: String] = [:]
    package var labels: [(String, String)] = []
    package var target: String?
    /// `--platform`; nil is this machine's, and any that an image here happens to have.
    package var platform: Platform?
    package var noCache = false
    package var pull = false
    /// `default`, `none`, `host`, or a container to join.
    package var network = ""
    /// Docker's `HostConfig` for every `RUN`: limits, extra hosts, shm size.
    package var host = JSONObject()
    /// `--allow`: what steps may do besides, `security.insecure`.
    package var allowed: Set<String> = []
    /// By id.
    package var secrets: [String: [UInt8]] = [:]
    /// For base images and caches, by their registry's domain.
    package var credentials: [String: Credential] = [:]
    /// Agents' sockets on this host, by id.
    package var agents: [String: String] = [:]
    /// Named contexts: a folder of the workspace, or an image.
    private(set) package var contexts: [String: NamedContext] = [:]
    /// Named contexts that are fetched before: an address or repository.
    package var remotes: [String: String] = [:]
    /// Named contexts that are OCI layouts among the received folders: tag, digest, or "" for the only image.
    package var layouts: [String: String] = [:]
    /// Images that are here for this build alone.
    package var guests: [Digest] = []
    /// What others have built counts too.
    package var cacheFrom: [CachePlace] = []
    /// Others are told what was built.
    package var cacheTo: [CachePlace] = []
    /// What earlier builds are compared with, for the reasons: a tag or a folder of the client.
    package var slot = ""

    package init() {}

    package enum NamedContext: Sendable, Equatable {
        case folder(String)
        case image(String)
    }

    package mutating func name(_ name: String, _ context: NamedContext) {
        contexts[Self.contextKey(name)] = context
    }

    /// What a name in the Dockerfile means, where `--build-context` says so: `alpine` stands for
    /// `docker.io/library/alpine:latest` too.
    package func context(_ name: String) -> NamedContext? { contexts[Self.contextKey(name)] }

    func isFolder(_ name: String) -> Bool { if case .folder? = context(name) { true } else { false } }

    private static func contextKey(_ name: String) -> String {
        guard let reference = try? Reference(name.lowercased()) else { return name.lowercased() }
        let familiar = reference.familiar
        return familiar.hasSuffix(":latest") ? String(familiar.dropLast(7)) : familiar
    }

    /// `SOURCE_DATE_EPOCH`: no file and no date of the image is younger.
    var epoch: Timestamp? {
        arguments["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }.map {
            Timestamp(nanoseconds: $0 * 1_000_000_000)
        }
    }
}

/// What happens, as it happens.
package enum BuildEvent: Sendable {
    /// All steps, before the first is done, in the order of the file.
    case plan([StepInfo])
    case began(Int)
    /// The container of a `RUN`.
    case container(Int, String)
    case output(Int, stream: Int, [UInt8])
    case cached(Int, reason: CacheReason)
    case done(Int, milliseconds: Double, reason: CacheReason, layer: Digest?, bytes: Int64)
    case failed(Int, String)
    case warning(String)
    /// What the checks of the Dockerfile found: told at the end.
    case findings([Finding])
    /// What goes on besides steps: `exporting layers`.
    case status(String)
}

/// A step as progress shows it.
package struct StepInfo: Sendable {
    package var id: Int
    /// `build`, or the number of a stage without a name.
    package var stage: String
    /// From 1, and how many the stage has.
    package var number: Int
    package var count: Int
    package var text: String
    package var line: Int
}

/// Why a step was, or was not, taken from the cache.
package struct CacheReason: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// The same was done before.
        case hit
        /// It changes the configuration alone: nothing to keep.
        case configuration
        /// Nothing like it was built before.
        case new
        /// What it depends on has changed: see `changes`.
        case changed
        /// It was built before, and its layer or record has been removed.
        case pruned
        /// `--no-cache`
        case off
    }

    package var kind: Kind
    /// The parts that changed: `instruction`, `file src/main.c`, `parent`.
    package var changes: [String] = []
    /// The imported cache that has it; nil for this kit's own.
    package var source: String?

    package init(_ kind: Kind, _ changes: [String] = [], source: String? = nil) {
        self.kind = kind
        self.changes = changes
        self.source = source
    }
}

/// A build that failed.
package struct BuildFailure: Error, Sendable {
    package var error: EscaleError
    /// A `RUN`'s exit status, where that is the failure.
    package var status: Int?
    /// `Dockerfile:3`, and the lines around it.
    package var excerpt: String?
    package var file: String?
    package var line: Int?

    package init(_ error: EscaleError) { self.error = error }

    package init(_ failure: StepError, status: Int? = nil) {
        error = failure.error
        self.status = status
        file = failure.source.name
        let lines = failure.instruction.lines
        line = lines.lowerBound
        excerpt = Self.excerpt(failure.source, lines)
    }

    package init(_ error: EscaleError, at finding: Finding, in source: SourceText) {
        self.error = error
        file = source.name
        line = finding.position.line
        excerpt = Self.excerpt(
            source, finding.position.line...finding.position.line,
            caret: (finding.position.column, finding.length))
    }

    package init(_ failure: DockerfileError) {
        error = failure.escaleError
        file = failure.source.name
        line = failure.position.line
        excerpt = Self.excerpt(
            failure.source, failure.position.line...failure.position.line,
            caret: (failure.position.column, failure.length))
    }

    /// The lines with two around them, as BuildKit shows them, and a caret where one place is meant.
    static func excerpt(
        _ source: SourceText, _ lines: ClosedRange<Int>, caret: (column: Int, length: Int)? = nil
    ) -> String {
        var out = "\(source.name):\(lines.lowerBound)\n--------------------\n"
        let last = min(lines.upperBound, lines.lowerBound + 9)
        for number in max(1, lines.lowerBound - 2)...(last + 2) {
            guard let text = source.line(number) else { break }
            let label = String(number)
            let pad = String(repeating: " ", count: max(0, 4 - label.count))
            out += "\(pad)\(label) | \(lines.contains(number) ? ">>>" : "   ") \(text)\n"
            if let caret, number == lines.lowerBound {
                let before = String(decoding: Array(text.utf8).prefix(caret.column - 1), as: UTF8.self)
                let blank = String(before.map { $0 == "\t" ? "\t" : " " })
                out += "     |     \(blank)\(String(repeating: "^", count: min(caret.length, 80)))\n"
            }
        }
        return out + "--------------------"
    }
}
