import Glibc
import Linux
import Support

/// `--ssh`: sockets of agents, or key files, for which an agent is started that lives as long as the build. Keys
/// themselves are never sent.
final class BuildAgents {
    /// Sockets by id, as the engine takes them.
    private(set) var document: JSON = [:]
    private var started: [pid_t] = []
    private var folders: [String] = []

    /// - Parameter texts: `default`, `ID=SOCKET`, `ID=KEY[,KEY…]`
    init(_ texts: [String]) throws {
        var agents = JSONObject()
        for text in texts {
            let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
            var paths = pair.count > 1 ? pair[1].split(separator: ",").map(String.init) : []
            if paths.isEmpty, let own = Environment["SSH_AUTH_SOCK"], !own.isEmpty { paths = [own] }
            guard let first = paths.first else {
                throw EscaleError(
                    .invalid, "--ssh \(text): SSH_AUTH_SOCK is not set", repair: "eval $(ssh-agent)")
            }
            do {
                let socket = try Self.isSocket(first) ? first : start(paths)
                agents[pair[0]] = .string(FileNames.absolute(socket) ?? socket)
            } catch {
                end()
                throw error
            }
        }
        document = .object(agents)
    }

    private static func isSocket(_ path: String) throws(EscaleError) -> Bool {
        var s = stat()
        guard stat(path, &s) == 0 else { throw .system("open", path, errno: errno).within("--ssh") }
        return s.st_mode & S_IFMT == S_IFSOCK
    }

    /// An agent with these keys; asks for their passwords where they have some.
    private func start(_ keys: [String]) throws -> String {
        let folder = "/tmp/escale-agent-\(Hex.random(6))"
        try Files.makeDirectory(folder, mode: 0o700)
        folders.append(folder)
        let socket = "\(folder)/agent"
        let silence = try Sys.open("/dev/null", O_RDWR)
        let agent = try Self.spawn(
            "ssh-agent", ["-D", "-a", socket], [0: silence.raw, 1: silence.raw, 2: silence.raw])
        started.append(agent)
        for _ in 0..<500 where !Files.exists(socket) { usleep(10_000) }
        let environment =
            Environment.all.filter { !$0.hasPrefix("SSH_AUTH_SOCK=") } + ["SSH_AUTH_SOCK=\(socket)"]
        let add = try Self.spawn("ssh-add", ["-q"] + keys, [0: 0, 2: 2], environment)
        guard try Spawn.wait(add) == 0 else {
            throw EscaleError(
                .invalid, "--ssh: \(keys.joined(separator: ",")): no key that ssh-add understands")
        }
        return socket
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ descriptors: [Int32: Int32],
        _ environment: [String]? = nil
    ) throws(EscaleError) -> pid_t {
        do {
            return try Spawn.start(program, arguments, environment: environment, descriptors: descriptors)
        } catch {
            guard error.errno == ENOENT else { throw error }
            throw EscaleError(
                .unavailable, "--ssh: key files need \(program)", errno: ENOENT,
                repair: "apt-get install openssh-client, or --ssh default=$SSH_AUTH_SOCK")
        }
    }

    func end() {
        for agent in started {
            kill(agent, SIGTERM)
            _ = try? Spawn.wait(agent)
        }
        for folder in folders { try? Files.removeTree(folder) }
        (started, folders) = ([], [])
    }
}
