import Support

/// What checks may look at. The live one asks Docker's API, the VM launcher, files and /proc; tests give a
/// made-up one, so that every comparison is tested without root.
///
/// `nil` means that the thing does not exist; `Unread` that it could not be looked at.
public protocol World: Sendable {
    /// `docker inspect`.
    func container(_ name: String) throws(Unread) -> JSON?
    /// `docker ps -a`, as the API lists them.
    func containers() throws(Unread) -> [JSON]
    /// Runs `sh -c command` in a running container.
    func run(_ command: String, in container: String) throws(Unread) -> (status: Int, output: String)
    func file(_ path: String, in container: String) throws(Unread) -> String?
    func log(container: String) throws(Unread) -> String
    /// Docker's events on containers since then, oldest first.
    func events(since: Timestamp) throws(Unread) -> [ContainerEvent]
    /// `docker image inspect`.
    func image(_ reference: String) throws(Unread) -> JSON?
    /// Every name of every image, as `docker images` shows them.
    func imageNames() throws(Unread) -> [String]
    /// Bytes of each layer, lowest first.
    func layerSizes(_ reference: String) throws(Unread) -> [Int64]
    /// Where a text stands in an image: its configuration, its history, or a file of any layer, those that a
    /// later one hides too. Empty where it stands nowhere.
    func places(of text: String, in image: String) throws(Unread) -> [String]
    /// Runs a container of the image as `docker run --rm IMAGE ARGUMENTS…` does, and removes it.
    func tryOut(_ image: String, _ arguments: [String]) throws(Unread) -> (status: Int, output: String)
    /// A file of an image, of which no container need exist.
    func file(_ path: String, inImage reference: String) throws(Unread) -> String?
    func vms() throws(Unread) -> [VMFacts]
    func log(vm: String) throws(Unread) -> String
    /// Ends and removes it, whatever its state.
    func remove(container: String) throws(Unread)
    func remove(vm: String) throws(Unread)
    /// Takes the name away, and the image with its last name.
    func remove(image: String) throws(Unread)
    /// Stops the registry that serves a folder.
    func stop(registry folder: String) throws(Unread)
    func hostFile(_ path: String) throws(Unread) -> String?
    /// Seconds since the file was last written.
    func age(_ path: String) throws(Unread) -> Double?
    /// Inode of a namespace of a process (`/proc/PID/ns/KIND`).
    func namespace(_ kind: String, pid: Int) throws(Unread) -> String
    /// A file of the process's cgroup, v1 or v2, by its v2 name.
    func cgroupFile(_ file: String, pid: Int) throws(Unread) -> String
    func isAlive(pid: Int) -> Bool
    func http(_ url: String) throws(Unread) -> (status: Int, body: String)
    /// - Parameter headers: whole lines, `Accept: …`.
    func request(_ method: String, _ url: String, headers: [String]) throws(Unread) -> HTTPAnswer
    func measure(_ request: MeasureRequest, cancelled: () -> Bool) throws(Unread) -> String
    /// First and last deciles of a measurement that was made since `forget`; nil where it has none.
    func spread(_ request: MeasureRequest) -> (low: String, high: String)?
    /// A new check begins: measurements are made anew, each once.
    func forget()
    /// What the host can enforce: nil, or why not, in French.
    func missing(_ need: Need) -> String?
    /// Milliseconds that the host takes to start a program and see it end.
    func spawnTime() throws(Unread) -> Double
    /// Bash in a folder, with our `docker` and `escale`.
    func script(_ text: String, folder: String, environment: [String], cancelled: () -> Bool)
        throws(Unread) -> (status: Int, output: String)
}

/// What an HTTP server answered.
public struct HTTPAnswer: Sendable, Equatable {
    public var status: Int
    /// Lower-case names.
    public var headers: [String: String]
    public var body: String

    public init(status: Int, headers: [String: String] = [:], body: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A virtual machine as checks see it.
public struct VMFacts: Sendable, Equatable {
    public var name: String
    public var state: String
    /// `kvm` or `tcg`.
    public var accelerator: String
    public var pid: Int?
    public var image: String
    /// Bytes.
    public var memory: Int64
    public var exitCode: Int?

    public init(
        name: String, state: String, accelerator: String = "tcg", pid: Int? = nil, image: String = "",
        memory: Int64 = 0, exitCode: Int? = nil
    ) {
        self.name = name
        self.state = state
        self.accelerator = accelerator
        self.pid = pid
        self.image = image
        self.memory = memory
        self.exitCode = exitCode
    }
}

/// One event of Docker's stream about a container.
public struct ContainerEvent: Sendable, Equatable {
    public var name: String
    /// `start`, `kill`, `die`, `exec_die`…
    public var action: String
    public var time: Timestamp
    public var exitCode: String?
    public var signal: String?

    public init(
        name: String, action: String, time: Timestamp, exitCode: String? = nil, signal: String? = nil
    ) {
        self.name = name
        self.action = action
        self.time = time
        self.exitCode = exitCode
        self.signal = signal
    }
}

/// Everything that a check is judged from.
public struct CheckContext: Sendable {
    public let world: any World
    /// The learner's workspace folder.
    public let workspace: String
    /// What `repondre` last said in this attempt.
    public let answer: String?
    /// Objects seen to exist in this attempt: `container phare`, `vm v1`, `process 4127`.
    public let seen: Set<String>
    /// When this attempt began.
    public let since: Timestamp
    public let variables: [String: String]
    /// The step's folder, for `script: file`.
    public let stepFolder: String
    public let cancelled: @Sendable () -> Bool

    public init(
        world: any World, workspace: String, answer: String?, seen: Set<String>, since: Timestamp,
        variables: [String: String], stepFolder: String,
        cancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.world = world
        self.workspace = workspace
        self.answer = answer
        self.seen = seen
        self.since = since
        self.variables = variables
        self.stepFolder = stepFolder
        self.cancelled = cancelled
    }

    /// `docker inspect`, with the reason a learner can act on where there is no such container.
    func container(_ name: String) throws(Unread) -> JSON {
        guard let json = try world.container(name) else {
            throw Unread(
                "le conteneur « \(name) » n’existe pas",
                help: "`ps -a` montre tous les conteneurs ; le nom se donne par `--name \(name)`.")
        }
        return json
    }

    /// PID, seen from the host, of a running container.
    func pid(of name: String) throws(Unread) -> Int {
        let json = try container(name)
        guard let pid = json["State"]["Pid"].int, pid > 0 else {
            let state = json["State"]["Status"].string ?? "?"
            throw Unread(
                "le conteneur « \(name) » n’est pas en marche (état : \(state))",
                help: "`logs \(name)` dit pourquoi ; `start \(name)` le relance.", got: state)
        }
        return pid
    }

    func vm(_ name: String) throws(Unread) -> VMFacts {
        guard let vm = try world.vms().first(where: { $0.name == name }) else {
            throw Unread(
                "la VM « \(name) » n’existe pas",
                help: "`vm ps -a` montre toutes les VM ; le nom se donne par `--name \(name)`, sans `--rm`.")
        }
        return vm
    }
}

extension World {
    func containerNames() throws(Unread) -> [String] {
        try containers().compactMap { $0["Names"][0].string?.trimmingPrefix("/").description }
    }
}
