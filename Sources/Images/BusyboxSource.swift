import Archive
import Glibc
import Linux
import OCI
import Support

/// What the image `busybox` takes from the Debian package `busybox-static`, and nothing from the host.
struct BusyboxSource: Sendable {
    let version: String
    let architecture: String
    let program: [UInt8]
    let copyright: [UInt8]
    /// The program's time in the package: the images' time.
    let modified: Timestamp

    static let name = "busybox-static"

    var package: String { "\(Self.name) \(version) \(architecture)" }

    /// From the kit's cache, else by download, else from the package installed here where that gives
    /// the same image.
    static func find(_ kit: Kit) throws(EscaleError) -> BusyboxSource {
        if let package = DebianPackage.cached(name, kit), let source = try? BusyboxSource(package) {
            return source
        }
        do { return try BusyboxSource(try DebianPackage.download(name, kit)) } catch {
            guard let installed else { throw error }
            return installed
        }
    }

    init(_ package: DebianPackage) throws(EscaleError) {
        var program: (TarEntry, [UInt8])?
        var copyright: [UInt8]?
        try package.forEachFile { (entry, content) throws(EscaleError) in
            guard entry.kind == .file else { return }
            if entry.path.hasSuffix("/bin/busybox") { program = (entry, try content.readAll()) }
            if entry.path.hasSuffix("/\(Self.name)/copyright") { copyright = try content.readAll() }
        }
        guard let program, let copyright else {
            throw EscaleError(.corrupt, "\(package.path): no busybox or no copyright file in it")
        }
        version = package.version
        architecture = package.architecture
        self.program = program.1
        self.copyright = copyright
        modified = program.0.modified
    }

    private init(
        version: String, architecture: String, program: [UInt8], copyright: [UInt8], modified: Timestamp
    ) {
        self.version = version
        self.architecture = architecture
        self.program = program
        self.copyright = copyright
        self.modified = modified
    }

    /// The installed package, where dpkg says that its files are as they came: dpkg keeps their times,
    /// so the image is the same as from the package file.
    static var installed: BusyboxSource? {
        let query = ["-W", "-f", "${db:Status-Status} ${Version} ${Architecture}", name]
        guard let facts = try? Spawn.run("dpkg-query", query), facts.status == 0,
            let check = try? Spawn.run("dpkg", ["--verify", name]), check.status == 0, check.out.isEmpty
        else { return nil }
        let words = facts.text.split(separator: " ").map(String.init)
        let doc = "/usr/share/doc/\(name)/copyright"
        var s = stat()
        guard words.count == 3, words[0] == "installed", stat("/bin/busybox", &s) == 0,
            let program = try? Files.read("/bin/busybox"), let copyright = try? Files.read(doc)
        else { return nil }
        return BusyboxSource(
            version: words[1], architecture: words[2], program: program, copyright: copyright,
            modified: Timestamp(nanoseconds: Int64(s.st_mtim.tv_sec) * 1_000_000_000))
    }

    /// Where each command's link belongs, e.g. `usr/sbin/httpd`: the program itself says so.
    func applets(_ kit: Kit) throws(EscaleError) -> [String] {
        // The name must start so: busybox looks at it to know what to be.
        let copy = "\(kit.cache)/busybox-\(Hex.random(6))"
        defer { unlink(copy) }
        try Files.replace(copy, program, mode: 0o700)
        let result: Spawn.Result
        do { result = try Spawn.run(copy, ["--list-full"]) } catch {
            throw EscaleError(
                error.code, "\(error.message): programs can't run from \(kit.cache)", errno: error.errno,
                repair: "mount | grep noexec")
        }
        let list = result.text.split(separator: "\n").map(String.init)
        guard result.status == 0, list.contains("bin/sh") else {
            throw EscaleError(.corrupt, "busybox --list-full: exit status \(result.status), no bin/sh")
        }
        return list
    }
}
