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

    func make(in root: borrowing RootFolder) throws(EscaleError) {
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

    private func make(_ device: RuntimeSpec.Device, in root: borrowing RootFolder) throws(EscaleError) {
        let kind: mode_t
        switch device.type {
        case "c", "u": kind = S_IFCHR
        case "b": kind = S_IFBLK
        case "p": kind = S_IFIFO
        default: throw EscaleError(.invalid, "linux.devices: \(device.path): unknown type \"\(device.type)\"")
        }
        if bindsHost {
            let target = try root.makeFile(device.path)
            return try Mount.mount(device.path, on: target.procPath, .bind, shown: device.path)
        }
        let parent = try root.makeFolder(Path.parent(device.path))
        let name = Path.name(device.path)
        let mode = kind | mode_t(device.fileMode ?? 0o666) & 0o7777
        let number = DeviceNumber.make(UInt32(device.major ?? 0), UInt32(device.minor ?? 0))
        if mknodat(parent.raw, name, mode, dev_t(number)) != 0 {
            guard errno == EEXIST else { throw .system("mknod", device.path, errno: errno) }
        }
        if let uid = device.uid, let gid = device.gid, uid != 0 || gid != 0 {
            try Sys.call("chown", device.path) {
                fchownat(parent.raw, name, uid, gid, AT_SYMLINK_NOFOLLOW)
            }
        }
    }
}
