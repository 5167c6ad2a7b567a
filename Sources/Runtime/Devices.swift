import Glibc
import Linux
import OCI
import Support

/// The nodes and links of a container's /dev (OCI config-linux.md, "Default Devices").
struct Devices {
    let asked: [RuntimeSpec.Device]
    /// In a user namespace mknod is refused: the host's nodes are bound instead.
    let bindsHost: Bool

    static let standard: [RuntimeSpec.Device] = [
        .init(type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 0o666),
        .init(type: "c", path: "/dev/zero", major: 1, minor: 5, fileMode: 0o666),
        .init(type: "c", path: "/dev/full", major: 1, minor: 7, fileMode: 0o666),
        .init(type: "c", path: "/dev/random", major: 1, minor: 8, fileMode: 0o666),
        .init(type: "c", path: "/dev/urandom", major: 1, minor: 9, fileMode: 0o666),
        .init(type: "c", path: "/dev/tty", major: 5, minor: 0, fileMode: 0o666)
    ]

    private static let links = [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"),
        ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"),
        ("/dev/ptmx", "pts/ptmx"), ("/dev/core", "/proc/kcore")
    ]

    func make(in root: ContainerTree) throws(EscaleError) {
        let old = umask(0)
        defer { umask(old) }
        let named = Set(asked.map(\.path))
        for device in Self.standard.filter({ !named.contains($0.path) }) + asked {
            try make(device, in: root)
        }
        for (path, target) in Self.links {
            if path == "/dev/core", !Files.exists("/proc/kcore") { continue }
            try root.makeLink(path, to: target)
        }
    }

    private func make(_ device: RuntimeSpec.Device, in root: ContainerTree) throws(EscaleError) {
        let kind: mode_t
        switch device.type {
        case "c", "u": kind = S_IFCHR
        case "b": kind = S_IFBLK
        case "p": kind = S_IFIFO
        default: throw Self.error(device, "unknown type \"\(device.type)\"")
        }
        let number = DeviceNumber.make(
            try Self.number(device.major, device, "major"), try Self.number(device.minor, device, "minor"))
        if bindsHost {
            let source = try Sys.open(device.path, Sys.pathOnly)
            guard Self.isNode(source, kind, kind == S_IFIFO || device.major == nil ? nil : number) else {
                throw Self.error(device, "the host's file of that name is another one")
            }
            let target = try root.makeFile(device.path)
            return try Mount.mount(source.procPath, on: target.procPath, .bind, shown: device.path)
        }
        let parent = try root.makeFolder(Path.parent(device.path))
        let name = Path.name(device.path)
        let mode = kind | mode_t(device.fileMode ?? 0o666) & 0o7777
        if mknodat(parent.raw, name, mode, dev_t(number)) != 0 {
            guard errno == EEXIST else { throw .system("mknod", device.path, errno: errno) }
            // What is there may be a volume's: it must be what was asked for (config-linux.md, "Devices").
            let found = try root.open(device.path, Sys.pathOnly)
            guard Self.isNode(found, kind, kind == S_IFIFO ? nil : number) else {
                throw Self.error(device, "the container has another file of that name")
            }
        }
        if let uid = device.uid, let gid = device.gid, uid != 0 || gid != 0 {
            try Sys.call("chown", device.path) {
                fchownat(parent.raw, name, uid, gid, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Whether an open file is a node of that kind and number (any number where nil).
    static func isNode(_ fd: borrowing FD, _ kind: mode_t, _ number: UInt?) -> Bool {
        var s = stat()
        guard fstat(fd.raw, &s) == 0, s.st_mode & S_IFMT == kind else { return false }
        return number.map { $0 == UInt(s.st_rdev) } ?? true
    }

    /// Linux has 12 bits of major numbers and 20 of minor ones.
    private static func number(_ value: Int64?, _ device: RuntimeSpec.Device, _ field: String)
        throws(EscaleError) -> UInt32
    {
        let limit: Int64 = field == "major" ? 1 << 12 : 1 << 20
        guard let value else { return 0 }
        guard (0..<limit).contains(value) else { throw error(device, "\(field) \(value) is out of range") }
        return UInt32(value)
    }

    private static func error(_ device: RuntimeSpec.Device, _ why: String) -> EscaleError {
        EscaleError(.invalid, "linux.devices: \(device.path): \(why)")
    }
}
