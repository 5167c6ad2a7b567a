import Archive
import Glibc
import Images
import Linux
import Support

/// Prepares what all virtual machines boot: Debian's cloud kernel, out of its package and never
/// installed, and an initramfs with the modules and the init of this kit.
public enum GuestSetup {
    /// The modules of each group, in the order wanted; needs come before by themselves. `base` and one
    /// transport are loaded first, then `devices`; the others when they are asked for.
    static let groups: [(name: String, modules: [String])] = [
        ("base", ["virtio_ring", "virtio"]),
        ("mmio", ["virtio_mmio"]),
        ("pci", ["virtio_pci"]),
        ("devices", ["virtio_console", "virtio_blk"]),
        ("network", ["virtio_net"]),
        ("balloon", ["virtio_balloon"])
    ]
    private static let metapackage = "linux-image-cloud-amd64"

    /// Makes what is missing or out of date; milliseconds when there is nothing to do.
    /// - Parameters:
    ///   - initProgram: `escale-init`; beside the running program unless told otherwise.
    ///   - progress: phases `kernel-package`, `kernel` and `initramfs`; none when there is nothing to do.
    @discardableResult
    public static func prepare(
        kit: Kit, initProgram: String? = nil, progress: (SetupProgress) -> Void = { _ in }
    ) throws(EscaleError) -> Guest {
        let program = initProgram ?? Programs.beside("escale-init")
        let stamp = try self.stamp(program)
        if let guest = upToDate(kit, stamp) { return guest }
        try Files.makeDirectory(kit.guest)
        let lock = try FileLock("\(kit.guest)/.lock")
        defer { _ = lock }
        if let guest = upToDate(kit, stamp) { return guest }

        let package = try SetupProgress.measure("kernel-package", progress) { () throws(EscaleError) in
            let package = try findPackage(kit)
            return (package, detail: "\(package.name) \(package.version)")
        }
        let (files, extracted) = try SetupProgress.measure("kernel", progress) { () throws(EscaleError) in
            let files = try KernelFiles(package)
            return ((files, try writeKernel(files.image, kit)), detail: files.release)
        }
        return try SetupProgress.measure("initramfs", progress) { () throws(EscaleError) in
            let (archive, modules) = try initramfs(files, program: try Files.read(program))
            try Files.replace("\(kit.guest)/initramfs", archive)
            let guest = Guest(
                package: "\(package.name) \(package.version)", release: files.release,
                kernelHash: SHA256.hex(of: files.image), initStamp: stamp, extracted: extracted,
                modules: modules)
            try Files.replace(Guest.file(kit), try JSON.encode(guest).bytes(pretty: true))
            return (guest, detail: "\(archive.count / 1024) KiB")
        }
    }

    private static func upToDate(_ kit: Kit, _ stamp: String) -> Guest? {
        guard let guest = try? Guest.load(kit: kit), guest.initStamp == stamp,
            Files.exists(guest.kernel(kit)), Files.exists(guest.initramfs(kit))
        else { return nil }
        return guest
    }

    private static func stamp(_ program: String) throws(EscaleError) -> String {
        var s = stat()
        guard stat(program, &s) == 0 else {
            throw .system("stat", program, errno: errno, repair: "swift build -c release")
        }
        return "\(s.st_size) \(s.st_mtim.tv_sec).\(s.st_mtim.tv_nsec)"
    }

    /// The package in the cache, or the one that Debian's metapackage stands for, downloaded.
    private static func findPackage(_ kit: Kit) throws(EscaleError) -> DebianPackage {
        let kept = ((try? Files.list(kit.cache)) ?? []).filter { isKernel($0) && $0.hasSuffix(".deb") }
        for file in kept.reversed() {
            if let package = try? DebianPackage("\(kit.cache)/\(file)") { return package }
        }
        return try DebianPackage.download(try packageName(), kit)
    }

    static func isKernel(_ name: String) -> Bool {
        name.hasPrefix("linux-image-") && name.contains("-cloud-") && !name.contains("-dbg")
            && !name.contains("unsigned") && !name.hasPrefix(metapackage)
    }

    private static func packageName() throws(EscaleError) -> String {
        let result: Spawn.Result
        do { result = try Spawn.run("apt-cache", ["depends", metapackage]) } catch {
            throw EscaleError(
                .unavailable, "apt-cache: \(error.message): the kernel's package can't be found",
                repair: "copy a linux-image-*-cloud-amd64_*.deb of Debian into the kit's cache")
        }
        guard let name = parseDepends(result.text) else {
            throw EscaleError(
                .unavailable, "apt knows no package \(metapackage)", repair: "sudo apt-get update")
        }
        return name
    }

    /// The kernel among the lines of `apt-cache depends`.
    package static func parseDepends(_ text: String) -> String? {
        text.split(separator: "\n").lazy.map { $0.drop { $0 == " " || $0 == "|" } }
            .filter { $0.hasPrefix("Depends: ") }.map { String($0.dropFirst(9)) }.first(where: isKernel)
    }

    /// - Returns: whether the kernel proper could be taken out, so that it need not be decompressed.
    private static func writeKernel(_ image: [UInt8], _ kit: Kit) throws(EscaleError) -> Bool {
        try Files.replace("\(kit.guest)/vmlinuz", image)
        guard let kernel = try? KernelImage.extract(image) else { return false }
        try SparseFile.write("\(kit.guest)/vmlinux", kernel)
        return true
    }
}

/// What is taken out of a kernel's package.
struct KernelFiles {
    var release = ""
    var image: [UInt8] = []
    /// By name.
    var modules: [String: KernelModule] = [:]

    init(_ package: DebianPackage) throws(EscaleError) {
        let wanted = Set(GuestSetup.groups.flatMap(\.modules) + ["failover", "net_failover"])
        try package.forEachFile { (entry, content) throws(EscaleError) in
            let file = Path.name(entry.path)
            if entry.path.hasPrefix("./boot/vmlinuz-") {
                release = String(file.dropFirst("vmlinuz-".count))
                image = try content.readAll(limit: 1 << 28)
            } else if let dot = file.range(of: ".ko"), entry.kind == .file {
                let name = KernelModule.normal(String(file[..<dot.lowerBound]))
                guard wanted.contains(name) || name.hasPrefix("virtio_pci") else { return }
                let bytes = try Decompressor(content).readAll(limit: 1 << 26)
                modules[name] = try KernelModule(file: file, content: bytes)
            }
        }
        if image.isEmpty { throw EscaleError(.corrupt, "\(package.path): no kernel in it") }
    }
}

extension String {
    /// Where a text begins in this one.
    func range(of text: String) -> Range<String.Index>? {
        indices.lazy.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
