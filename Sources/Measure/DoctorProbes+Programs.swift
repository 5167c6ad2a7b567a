import Glibc
import Linux
import Support

/// Probes of programs and of what the kit has prepared.
enum ProgramProbes {
    /// On the PATH, or where administrators' programs are.
    static func find(_ name: String) -> String? {
        let folders = (Environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + ["/usr/sbin", "/sbin", "/usr/local/sbin"])
            .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 && !Files.isDirectory($0) }
    }

    /// The first line that it says about its version.
    static func version(_ path: String, _ arguments: [String]) -> String? {
        guard let result = try? Spawn.run(path, arguments), result.status == 0 else { return nil }
        return result.text.split(separator: "\n").first.map(String.init)
    }

    static func found(_ name: String, _ arguments: [String]) -> DoctorFacts.Program? {
        find(name).map { .init(path: $0, version: version($0, arguments)) }
    }

    static func qemu(machine: String) -> (program: DoctorFacts.Program?, package: String, hasMicrovm: Bool) {
        let isARM = machine == "aarch64"
        let name = "qemu-system-\(isARM ? "aarch64" : "x86_64")"
        let package = "qemu-system-\(isARM ? "arm" : "x86")"
        guard var program = found(name, ["--version"]) else { return (nil, package, false) }
        // `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)`: the number is enough here.
        if let words = program.version?.split(separator: " "), words.count > 3 {
            program.version = "version \(words[3])"
        }
        let machines = (try? Spawn.run(program.path, ["-machine", "help"]))?.text ?? ""
        return (program, package, machines.split(separator: "\n").contains { $0.hasPrefix("microvm ") })
    }

    /// `Docker version 28.2.2, build e6534b4`
    static func docker() -> DoctorFacts.Program? {
        guard var program = found("docker", ["--version"]) else { return nil }
        if let words = program.version?.split(separator: " "), words.count > 2 {
            program.version = "version \(words[2].filter { $0 != "," })"
        }
        return program
    }

    static func kubectl() -> DoctorFacts.Program? {
        guard let path = find("kubectl") else { return nil }
        let result = try? Spawn.run(path, ["version", "--client", "-o", "json"])
        let version = result.flatMap { try? JSON.parse($0.out) }?["clientVersion"]["gitVersion"].string
        return .init(path: path, version: version.map { "version \($0.drop { $0 == "v" })" })
    }

    /// A line of /etc/subuid and one of /etc/subgid for this user (subuid(5)).
    static func hasSubordinateIDs(user: String) -> Bool {
        ["/etc/subuid", "/etc/subgid"].allSatisfy { file in
            ((try? Files.text(file)) ?? "").split(separator: "\n").contains {
                $0.hasPrefix("\(user):") || $0.hasPrefix("\(geteuid()):")
            }
        }
    }

    /// Asks the daemon, for two seconds at most; never starts one.
    static func engine(kit: Kit) -> DoctorFacts.Engine {
        let socket: FD
        do { socket = try UnixSocket.connect(kit.dockerSocket) } catch {
            // Nobody listens: a daemon that was killed leaves its socket's file.
            if error.errno == ENOENT || error.errno == ECONNREFUSED { return .stopped }
            return .silent(error.message)
        }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(socket.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        do {
            try Sys.writeAll(
                socket.raw, "GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
            let text = String(decoding: try Files.readAll(socket.raw, limit: 65536), as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 200"), let start = text.firstIndex(of: "{"),
                let end = text.lastIndex(of: "}"), let json = try? JSON.parse(String(text[start...end]))
            else { return .silent("réponse inattendue") }
            return .answers(version: json["Version"].string ?? "?")
        } catch {
            return .silent(error.errno == EAGAIN ? "rien en deux secondes" : error.message)
        }
    }
}
