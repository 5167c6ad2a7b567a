import Glibc
import Linux
import Support

/// The QEMU of this host: what it is and which machines it has.
public struct QEMUHost: Codable, Equatable, Sendable {
    public var program: String
    /// e.g. `7.2.22`.
    public var version: String
    /// Machine types, without aliases.
    public var machines: [String]
    /// Size and time of the program, by which a change is noticed.
    var stamp: String

    public init(program: String, version: String, machines: [String], stamp: String = "") {
        self.program = program
        self.version = version
        self.machines = machines
        self.stamp = stamp
    }

    /// `microvm` starts fastest; `q35` where QEMU has no microvm.
    public var machine: String { machines.contains("microvm") ? "microvm" : "q35" }

    private static let name = "qemu-system-x86_64"

    /// Asks QEMU once, and remembers the answer in the kit until the program changes.
    public static func find(kit: Kit) throws(EscaleError) -> QEMUHost {
        let folders = (Environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        guard let program = folders.map({ String($0) + "/" + name }).first(where: { access($0, X_OK) == 0 })
        else {
            throw EscaleError(
                .unavailable, "\(name): executable file not found in $PATH",
                repair: "sudo apt-get install qemu-system-x86")
        }
        var s = stat()
        stat(program, &s)
        let stamp = "\(s.st_size) \(s.st_mtim.tv_sec)"
        let file = "\(kit.guest)/qemu.json"
        if let bytes = try? Files.read(file), let json = try? JSON.parse(bytes),
            let known: QEMUHost = try? json.decode(), known.program == program, known.stamp == stamp
        {
            return known
        }
        let version = try Spawn.run(program, ["--version"])
        let machines = try Spawn.run(program, ["-machine", "help"])
        guard version.status == 0, machines.status == 0, let number = parseVersion(version.text) else {
            throw EscaleError(
                .unavailable, "\(program) does not work: \(version.errorText)\(machines.errorText)",
                repair: "sudo apt-get install --reinstall qemu-system-x86")
        }
        let host = QEMUHost(
            program: program, version: number, machines: parseMachines(machines.text), stamp: stamp)
        try Files.makeDirectory(kit.guest)
        try Files.replace(file, try JSON.encode(host).bytes(pretty: true))
        return host
    }

    /// `QEMU emulator version 7.2.22 (Debian …)` to `7.2.22`.
    public static func parseVersion(_ text: String) -> String? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard let at = words.firstIndex(of: "version"), at + 1 < words.count else { return nil }
        return String(words[at + 1])
    }

    /// The first words of the lines of `-machine help`.
    public static func parseMachines(_ text: String) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first.map(String.init) }
    }
}
