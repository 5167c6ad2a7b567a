import Archive
import Glibc
import Linux
import Support

/// A Debian package file (deb(5)): read without dpkg, nothing of it is installed or run.
public struct DebianPackage: Sendable {
    public let path: String
    public let name: String
    public let version: String
    /// Debian's word, e.g. `amd64`.
    public let architecture: String
    /// Names that it depends on, the first where there is a choice; versions are left out.
    public let depends: [String]

    /// Reads the control file. Throws `.corrupt` for what is no package.
    public init(_ path: String) throws(EscaleError) {
        self.path = path
        var control: [UInt8]?
        try Self.members(of: path, "control.tar") { (entry, content) throws(EscaleError) in
            guard control == nil, Path.name(entry.path) == "control" else { return }
            control = try content.readAll(limit: 1 << 20)
        }
        guard let control else { throw EscaleError(.corrupt, "\(path): no control file") }
        var fields: [Substring: Substring] = [:]
        let text = String(decoding: control, as: UTF8.self)
        for line in text.split(separator: "\n") where line.first != " " {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
        }
        guard let name = fields["Package"], let version = fields["Version"],
            let architecture = fields["Architecture"]
        else { throw EscaleError(.corrupt, "\(path): no package name, version or architecture") }
        self.name = String(name)
        self.version = String(version)
        self.architecture = String(architecture)
        depends = (fields["Depends"] ?? "").split(separator: ",").compactMap { clause in
            clause.split { " |(:".contains($0) }.first.map(String.init)
        }
    }

    /// Calls `body` for each file, in the package's order, with its content. Paths start with `./`.
    public func forEachFile(_ body: (TarEntry, any ByteSource) throws(EscaleError) -> Void)
        throws(EscaleError)
    {
        try Self.members(of: path, "data.tar", body)
    }

    private static func members(
        of path: String, _ part: String, _ body: (TarEntry, any ByteSource) throws(EscaleError) -> Void
    ) throws(EscaleError) {
        do {
            let package = try ArchiveReader(try FileSource(path), format: .ar)
            while let member = try package.next() {
                guard member.path.hasPrefix(part) else { continue }
                let tar = try ArchiveReader(try Decompressor(package), format: .tar)
                while let entry = try tar.next() { try body(entry, tar) }
                return
            }
        } catch { throw error.within(path) }
        throw EscaleError(.corrupt, "\(path): no \(part)")
    }
}

extension DebianPackage {
    /// The newest package of this name in the kit's cache; one that can't be read is left out.
    public static func cached(_ name: String, _ kit: Kit) -> DebianPackage? { newest(name, in: kit.cache) }

    /// Downloads the version that apt would install into the kit's cache, as any user; apt checks it
    /// against the archive's signature. Without network, a file that apt has kept will do.
    public static func download(_ name: String, _ kit: Kit) throws(EscaleError) -> DebianPackage {
        try Files.makeDirectory(kit.cache)
        do { return try fetch(name, kit) } catch {
            guard let kept = newest(name, in: "/var/cache/apt/archives") else { throw error }
            let place = "\(kit.cache)/\(Path.name(kept.path))"
            try Files.replace(place, try Files.read(kept.path))
            return try DebianPackage(place)
        }
    }

    private static func newest(_ name: String, in folder: String) -> DebianPackage? {
        let files = ((try? Files.list(folder)) ?? []).filter {
            $0.hasPrefix("\(name)_") && $0.hasSuffix(".deb")
        }
        let packages = files.compactMap { file -> (DebianPackage, Int)? in
            var s = stat()
            guard stat("\(folder)/\(file)", &s) == 0, let package = try? DebianPackage("\(folder)/\(file)"),
                package.name == name
            else { return nil }
            return (package, s.st_mtim.tv_sec)
        }
        return packages.max { $0.1 < $1.1 }?.0
    }

    /// apt writes into a folder of its own, so that what it left unfinished is never taken for a package.
    private static func fetch(_ name: String, _ kit: Kit) throws(EscaleError) -> DebianPackage {
        let folder = "\(kit.cache)/.download-\(Hex.random(6))"
        try Files.makeDirectory(folder)
        defer { try? Files.removeTree(folder) }
        let result: Spawn.Result
        do {
            result = try Spawn.run(
                "apt-get",
                [
                    "download", "-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o",
                    "Acquire::https::Timeout=15", name
                ],
                environment: Environment.all.filter { !$0.hasPrefix("LC_") && !$0.hasPrefix("LANG") } + [
                    "LC_ALL=C"
                ],
                directory: folder)
        } catch {
            guard error.errno == ENOENT else { throw error }
            throw EscaleError(
                .unavailable, "apt-get: not found: the package \(name) can't be downloaded", errno: ENOENT,
                repair: "copy a \(name)_*.deb of Debian into \(kit.cache)")
        }
        guard result.status == 0, let file = try Files.list(folder).first(where: { $0.hasSuffix(".deb") })
        else { throw failure(name, result.errorText) }
        let place = "\(kit.cache)/\(file)"
        try Sys.call("rename", place) { rename("\(folder)/\(file)", place) }
        return try DebianPackage(place)
    }

    /// apt's own words on why, and what to do about it.
    package static func failure(_ name: String, _ text: String) -> EscaleError {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("E: ") || $0.hasPrefix("Err:") }
        let why = lines.first.map(String.init) ?? "apt-get failed"
        if text.contains("Unable to locate package") || text.contains("Can't select candidate") {
            return EscaleError(
                .unavailable, "download \(name): \(why)", repair: "sudo apt-get update")
        }
        if text.contains("No space left") {
            return EscaleError(.noSpace, "download \(name): \(why)", repair: "df -h")
        }
        return EscaleError(
            .unavailable, "download \(name): \(why)", repair: "ping deb.debian.org")
    }
}
