import DockerClient
import Glibc
import Linux
import Support

extension LiveWorld {
    public func run(_ command: String, in container: String) throws(Unread) -> (status: Int, output: String) {
        try exec(["/bin/sh", "-c", command, EventStream.ownMark], in: container)
    }

    public func file(_ path: String, in container: String) throws(Unread) -> String? {
        let state = try self.container(container)?["State"]
        // /proc and /sys are as the container sees them only from inside.
        if state?["Running"].bool == true, state?["Paused"].bool != true {
            let read = try exec(
                ["/bin/sh", "-c", "[ -e \"$1\" ] || exit 44; cat -- \"$1\"", EventStream.ownMark, path],
                in: container)
            switch read.status {
            case 0: return read.output
            case 44: return nil
            // No shell in this image: from outside, then.
            case 126, 127: break
            default:
                throw Unread("\(path) ne se lit pas dans le conteneur : \(Extraction.excerpt(read.output))")
            }
        }
        do {
            let response = try docker.request(
                "GET", "/containers/\(DockerClient.encode(container))/archive", [("path", path)])
            return TarText.first(response.body)
        } catch  where error.code == .notFound {
            return nil
        } catch { throw Self.unread(error) }
    }

    private func exec(_ words: [String], in container: String) throws(Unread) -> (status: Int, output: String)
    {
        do {
            let created = try docker.post(
                "/containers/\(DockerClient.encode(container))/exec",
                body: ["AttachStdout": true, "AttachStderr": true, "Cmd": JSON(words)])
            guard let id = created["Id"].string else { throw EscaleError(.internal, "exec without an id") }
            let stream = try docker.hijack("/exec/\(id)/start", body: ["Detach": false, "Tty": false])
            stream.endInput()
            let bytes = stream.early + (try readAll(stream.fd.raw, seconds: 20))
            var decoder = FrameDecoder()
            let output = try decoder.feed(bytes).flatMap(\.data)
            let status = try docker.get("/exec/\(id)/json")["ExitCode"].int ?? 0
            return (status, String(decoding: output, as: UTF8.self))
        } catch {
            let error = EscaleError.wrap(error)
            if error.code == .timeout {
                throw Unread("la commande ne se termine pas dans le conteneur « \(container) »")
            }
            throw Self.unread(error)
        }
    }

    /// All that comes until the end, within a limit of silence.
    private func readAll(_ fd: Int32, seconds: Int32) throws(EscaleError) -> [UInt8] {
        var out: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while out.count < 16 << 20 {
            var polls = [pollfd(fd: fd, events: Int16(POLLIN), revents: 0)]
            guard try Sys.call("poll", "", { poll(&polls, 1, seconds * 1000) }) > 0 else {
                throw EscaleError(.timeout, "no answer from the engine")
            }
            let n = try Sys.call("read") { read(fd, &buffer, buffer.count) }
            if n == 0 { break }
            out += buffer[..<n]
        }
        return out
    }

    /// Plays bash in a folder with `docker` and `escale` of this kit; ended with its children when cancelled.
    public func script(_ text: String, folder: String, environment: [String], cancelled: () -> Bool)
        throws(Unread) -> (status: Int, output: String)
    {
        do {
            let tools = try ToolFolder.make(kit)
            let own =
                ["PATH", "DOCKER_HOST", "ESCALE_ROOT", "ESCALE_RUN"]
                + environment.map { String($0.prefix { $0 != "=" }) }
            var all = Environment.all.filter { entry in !own.contains(String(entry.prefix { $0 != "=" })) }
            all += environment
            all += [
                "PATH=\(tools):\(Environment["PATH"] ?? "/usr/bin:/bin:/usr/sbin:/sbin")",
                "DOCKER_HOST=unix://\(docker.socket)", "ESCALE_ROOT=\(kit.root)", "ESCALE_RUN=\(kit.run)"
            ]
            let null = try Sys.open("/dev/null", O_RDONLY)
            let ends = try Sys.pipe()
            let reader = FD(owning: ends.read)
            let writer = FD(owning: ends.write)
            let pid = try Spawn.start(
                "/bin/bash", ["-c", text], environment: all,
                descriptors: [0: null.raw, 1: writer.raw, 2: writer.raw], newSession: true, directory: folder)
            _ = consume writer
            let output = try collect(reader.raw, pid, cancelled)
            let status = try Spawn.wait(pid)
            return (Int(status), String(decoding: output, as: UTF8.self))
        } catch {
            throw Unread("la commande n’a pas pu être lancée : \(EscaleError.wrap(error).message)")
        }
    }

    private func collect(_ fd: Int32, _ pid: pid_t, _ cancelled: () -> Bool) throws(EscaleError) -> [UInt8] {
        var out: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        let started = Monotonic.now
        while true {
            var polls = [pollfd(fd: fd, events: Int16(POLLIN), revents: 0)]
            let ready = try Sys.call("poll") { poll(&polls, 1, 100) }
            if cancelled() || started.elapsedMilliseconds > 600_000 {
                kill(-pid, SIGKILL)
                return out
            }
            if ready == 0 {
                // The script has ended but left something in the background with its output open.
                var info = siginfo_t()
                if waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo != 0 {
                    return out
                }
                continue
            }
            let n = try Sys.call("read") { read(fd, &buffer, buffer.count) }
            if n == 0 { return out }
            if out.count < 1 << 20 { out += buffer[..<n] }
        }
    }
}

/// `docker` and `escale` for scripts: two links of this program, in a folder of the run.
enum ToolFolder {
    static func make(_ kit: Kit) throws(EscaleError) -> String {
        let folder = "\(kit.run)/outils"
        try Files.makeDirectory(folder)
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = readlink("/proc/self/exe", &buffer, buffer.count)
        guard n > 0 else { throw .system("readlink", "/proc/self/exe", errno: errno) }
        let program = String(decoding: buffer[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, arguments) in [("docker", " docker"), ("escale", "")] {
            let text = "#!/bin/sh\nexec '\(program)'\(arguments) \"$@\"\n"
            let path = "\(folder)/\(name)"
            if (try? Files.text(path)) != text { try Files.replace(path, text.utf8, mode: 0o755) }
        }
        return folder
    }
}

/// The first file of a tar archive (ustar and pax), as text.
enum TarText {
    static func first(_ bytes: [UInt8]) -> String? {
        var at = 0
        while at + 512 <= bytes.count {
            let header = bytes[at..<at + 512]
            guard header.contains(where: { $0 != 0 }) else { return nil }
            let digits = bytes[(at + 124)..<(at + 136)].filter { (48...55).contains($0) }
            let size = digits.reduce(0) { $0 * 8 + Int($1 - 48) }
            let type = bytes[at + 156]
            at += 512
            guard size >= 0, at + size <= bytes.count else { return nil }
            if type == UInt8(ascii: "0") || type == 0 {
                return String(decoding: bytes[at..<at + size], as: UTF8.self)
            }
            at += (size + 511) / 512 * 512
        }
        return nil
    }
}
