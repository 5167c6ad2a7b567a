import Support

/// An image's configuration: how to run it, and what it is made of (image-spec, config.md). Its digest
/// is the image's id.
public struct ImageConfig: Codable, Hashable, Sendable {
    /// RFC 3339.
    public var created: String?
    public var author: String?
    public var architecture: String
    public var variant: String?
    public var os: String
    public var config: Execution?
    public var rootfs: RootFS
    public var history: [History]?

    public init(
        platform: Platform = .current, config: Execution = Execution(), diffIDs: [Digest] = [],
        history: [History] = [], created: String? = nil, author: String? = nil
    ) {
        self.created = created
        self.author = author
        architecture = platform.architecture
        variant = platform.variant
        os = platform.os
        self.config = config
        rootfs = RootFS(diffIDs: diffIDs)
        self.history = history.isEmpty ? nil : history
    }

    /// The uncompressed layers, bottom first.
    public struct RootFS: Codable, Hashable, Sendable {
        public var type: String
        public var diffIDs: [Digest]

        public init(diffIDs: [Digest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    /// How one layer, or a change of the configuration alone (`emptyLayer`), came about.
    public struct History: Codable, Hashable, Sendable {
        public var created: String?
        public var createdBy: String?
        public var author: String?
        public var comment: String?
        public var emptyLayer: Bool?

        public init(
            created: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil
        ) {
            self.created = created
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }

        enum CodingKeys: String, CodingKey {
            case created
            case createdBy = "created_by"
            case author, comment
            case emptyLayer = "empty_layer"
        }
    }
}

extension ImageConfig {
    /// What a container takes from its image unless told otherwise (config.md, "config").
    public struct Execution: Codable, Hashable, Sendable {
        public var user: String?
        /// `80/tcp`, sorted.
        public var exposedPorts: [String]
        /// `NAME=value`.
        public var env: [String]
        public var entrypoint: [String]?
        public var cmd: [String]?
        /// Paths, sorted.
        public var volumes: [String]
        public var workingDir: String?
        public var labels: [String: String]
        public var stopSignal: String?
        public var healthcheck: Healthcheck?
        public var onBuild: [String]?
        public var shell: [String]?

        public init(
            user: String? = nil, exposedPorts: [String] = [], env: [String] = [],
            entrypoint: [String]? = nil, cmd: [String]? = nil, volumes: [String] = [],
            workingDir: String? = nil, labels: [String: String] = [:], stopSignal: String? = nil,
            healthcheck: Healthcheck? = nil
        ) {
            self.user = user
            self.exposedPorts = exposedPorts.sorted()
            self.env = env
            self.entrypoint = entrypoint
            self.cmd = cmd
            self.volumes = volumes.sorted()
            self.workingDir = workingDir
            self.labels = labels
            self.stopSignal = stopSignal
            self.healthcheck = healthcheck
        }

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case cmd = "Cmd"
            case healthcheck = "Healthcheck"
            case volumes = "Volumes"
            case workingDir = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
            case onBuild = "OnBuild"
            case shell = "Shell"
        }

        public init(from decoder: any Decoder) throws {
            let c = try decoder.container(keyedBy: CodingKeys.self)
            user = try c.decodeIfPresent(String.self, forKey: .user)
            exposedPorts =
                try c.decodeIfPresent([String: JSON].self, forKey: .exposedPorts)?.keys.sorted() ?? []
            env = try c.decodeIfPresent([String].self, forKey: .env) ?? []
            entrypoint = try c.decodeIfPresent([String].self, forKey: .entrypoint)
            cmd = try c.decodeIfPresent([String].self, forKey: .cmd)
            volumes = try c.decodeIfPresent([String: JSON].self, forKey: .volumes)?.keys.sorted() ?? []
            workingDir = try c.decodeIfPresent(String.self, forKey: .workingDir)
            labels = try c.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
            stopSignal = try c.decodeIfPresent(String.self, forKey: .stopSignal)
            healthcheck = try c.decodeIfPresent(Healthcheck.self, forKey: .healthcheck)
            onBuild = try c.decodeIfPresent([String].self, forKey: .onBuild)
            shell = try c.decodeIfPresent([String].self, forKey: .shell)
        }

        public func encode(to encoder: any Encoder) throws {
            /// A Go set: `{"80/tcp": {}}`.
            func set(_ keys: [String]) -> JSON? {
                keys.isEmpty ? nil : .object(JSONObject(keys.sorted().map { ($0, .object(JSONObject())) }))
            }
            var c = encoder.container(keyedBy: CodingKeys.self)
            try c.encodeIfPresent(user, forKey: .user)
            try c.encodeIfPresent(set(exposedPorts), forKey: .exposedPorts)
            if !env.isEmpty { try c.encode(env, forKey: .env) }
            try c.encodeIfPresent(entrypoint, forKey: .entrypoint)
            try c.encodeIfPresent(cmd, forKey: .cmd)
            try c.encodeIfPresent(healthcheck, forKey: .healthcheck)
            try c.encodeIfPresent(set(volumes), forKey: .volumes)
            try c.encodeIfPresent(workingDir, forKey: .workingDir)
            if !labels.isEmpty { try c.encode(SortedMap(map: labels), forKey: .labels) }
            try c.encodeIfPresent(stopSignal, forKey: .stopSignal)
            try c.encodeIfPresent(onBuild, forKey: .onBuild)
            try c.encodeIfPresent(shell, forKey: .shell)
        }
    }

    /// Docker's HEALTHCHECK. Times are in nanoseconds; 0 or nil means the default.
    public struct Healthcheck: Codable, Hashable, Sendable {
        /// `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`.
        public var test: [String]?
        public var interval: Int64?
        public var timeout: Int64?
        public var startPeriod: Int64?
        public var startInterval: Int64?
        public var retries: Int?

        public init(
            test: [String]?, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
            retries: Int? = nil
        ) {
            self.test = test
            self.interval = interval
            self.timeout = timeout
            self.startPeriod = startPeriod
            self.retries = retries
        }

        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }
    }
}
