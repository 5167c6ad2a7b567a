import CLinux
import Glibc
import Linux
import Support

/// Where a command is measured.
public enum Side: String, Sendable, CaseIterable {
    case host
    case container
    case vm

    public var french: String {
        switch self {
        case .host: "hôte"
        case .container: "conteneur"
        case .vm: "VM"
        }
    }
}

/// Starts the same command on each side as a learner would type it, and stamps each line it prints with
/// the host's clock: a virtual machine's own clock is not one to compare with.
public struct SideRunner: Sendable {
    public let image: String
    /// The image's static busybox seen from the host, so that all three sides run the same program.
    public let hostBusybox: String

    public init(image: String, hostBusybox: String) {
        self.image = image
        self.hostBusybox = hostBusybox
    }

    /// Program and arguments for a command on one side.
    func command(_ side: Side, name: String?, _ words: [String]) -> (String, [String]) {
        let named = name.map { ["--name", $0] } ?? []
        switch side {
        case .host: return (hostBusybox, Array(words.dropFirst()))
        case .container: return ("/proc/self/exe", ["run", "--rm"] + named + [image] + words)
        case .vm: return ("/proc/self/exe", ["vm", "run", "--rm"] + named + [image] + words)
        }
    }

    /// Milliseconds from start to exit of `busybox true`.
    public func startToExit(_ side: Side) throws(EscaleError) -> Double {
        let (program, arguments) = command(side, name: nil, ["busybox", "true"])
        let start = Monotonic.now
        let result = try Spawn.run(program, arguments)
        let elapsed = start.elapsedMilliseconds
        try Self.check(result.status, result.errorText, side)
        return elapsed
    }

    /// Runs `script` with `busybox sh` and hands over each line with the moment it came.
    /// - Parameter line: false ends the program (SIGTERM to what was started).
    public func lines(
        _ side: Side, name: String?, script: String, _ line: (String, Monotonic) throws(EscaleError) -> Bool
    ) throws(EscaleError) {
        // On the host `busybox` is the image's own, called by its path.
        let script = side == .host ? "busybox() { '\(hostBusybox)' \"$@\"; }\n\(script)" : script
        let (program, arguments) = command(side, name: name, ["busybox", "sh", "-c", script])
        let output = try Sys.pipe()
        let read = FD(owning: output.read)
        let write = FD(owning: output.write)
        let null = try Sys.open("/dev/null", O_RDONLY)
        let errors = try Sys.pipe()
        let errRead = FD(owning: errors.read)
        let errWrite = FD(owning: errors.write)
        let pid = try Spawn.start(
            program, arguments, descriptors: [0: null.raw, 1: write.raw, 2: errWrite.raw], newSession: true)
        _ = consume write
        _ = consume errWrite
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var stopped = false
        do {
            reading: while true {
                let n = try Sys.call("read") { Glibc.read(read.raw, &buffer, buffer.count) }
                let now = Monotonic.now
                if n == 0 { break }
                pending.append(contentsOf: buffer[..<n])
                while let end = pending.firstIndex(of: 10) {
                    var text = String(decoding: pending[..<end], as: UTF8.self)
                    if text.hasSuffix("\r") { text.removeLast() }
                    pending.removeFirst(end + 1)
                    if !(try line(text, now)) {
                        stopped = true
                        kill(pid, SIGTERM)
                        break reading
                    }
                }
            }
        } catch {
            kill(pid, SIGTERM)
            _ = try? Spawn.wait(pid)
            throw error
        }
        let status = try Spawn.wait(pid)
        if !stopped {
            let text = String(decoding: (try? Files.readAll(errRead.raw, limit: 4096)) ?? [], as: UTF8.self)
            try Self.check(status, text, side)
        }
    }

    private static func check(_ status: Int32, _ errors: String, _ side: Side) throws(EscaleError) {
        guard status != 0 else { return }
        let why = errors.split(separator: "\n").first.map(String.init) ?? "exit status \(status)"
        throw EscaleError(.internal, "\(side.rawValue): \(why)", repair: "escale doctor")
    }
}
