import Glibc
import Linux
import OCI
import Support

/// Small files of a container that is not mounted: looked up layer by layer, top first, without
/// leaving the layer's folder whatever symbolic links it holds.
enum RootFiles {
    /// The text; empty where no layer has the file, or it is larger than a megabyte.
    static func text(_ layers: [String], _ path: String) -> String {
        for layer in layers {
            guard let root = try? Sys.open(layer, O_RDONLY | O_DIRECTORY) else { continue }
            guard let file = try? InRoot.open(root.raw, path, O_RDONLY | O_NONBLOCK) else { continue }
            var s = stat()
            guard fstat(file.raw, &s) == 0 else { continue }
            // A whiteout (overlayfs): the file was deleted above.
            if s.st_mode & S_IFMT == S_IFCHR { return "" }
            guard s.st_mode & S_IFMT == S_IFREG, s.st_size < 1 << 20,
                let bytes = try? Files.readAll(file.raw, limit: 1 << 20)
            else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        return ""
    }
}

/// Devices of the host as the spec wants them.
enum HostDevices {
    struct Found {
        let node: RuntimeSpec.Device
        let access: String
    }

    /// `--device`: a node, or a folder of nodes.
    static func resolve(_ requests: [SecurityOptions.DeviceRequest]) throws(EscaleError) -> [Found] {
        var found: [Found] = []
        for request in requests {
            if Files.isDirectory(request.host) {
                for name in try Files.list(request.host) {
                    guard let node = node("\(request.host)/\(name)", as: "\(request.container)/\(name)")
                    else { continue }
                    found.append(Found(node: node, access: request.access))
                }
                continue
            }
            guard let node = node(request.host, as: request.container) else {
                throw EscaleError(
                    .invalid,
                    "error gathering device information while adding custom device \"\(request.host)\": "
                        + (Files.exists(request.host) ? "not a device node" : "no such file or directory"))
            }
            found.append(Found(node: node, access: request.access))
        }
        return found
    }

    /// `--privileged`: all of /dev but what a container has of its own.
    static func all() throws(EscaleError) -> [Found] {
        let own: Set<String> = [
            "pts", "shm", "mqueue", "fd", "console", "null", "zero", "full", "random", "urandom", "tty",
            "ptmx"
        ]
        var found: [Found] = []
        func walk(_ folder: String, _ depth: Int) throws(EscaleError) {
            for name in try Files.list(folder) where depth > 0 || !own.contains(name) {
                let path = "\(folder)/\(name)"
                if let node = node(path, as: path) {
                    found.append(Found(node: node, access: "rwm"))
                } else if depth < 3, isFolder(path) {
                    try walk(path, depth + 1)
                }
            }
        }
        try walk("/dev", 0)
        return found
    }

    private static func isFolder(_ path: String) -> Bool {
        var s = stat()
        return lstat(path, &s) == 0 && s.st_mode & S_IFMT == S_IFDIR
    }

    private static func node(_ path: String, as target: String) -> RuntimeSpec.Device? {
        var s = stat()
        guard stat(path, &s) == 0 else { return nil }
        let kind = s.st_mode & S_IFMT
        guard kind == S_IFCHR || kind == S_IFBLK else { return nil }
        return RuntimeSpec.Device(
            type: kind == S_IFCHR ? "c" : "b", path: target,
            major: Int64(DeviceNumber.major(UInt(s.st_rdev))),
            minor: Int64(DeviceNumber.minor(UInt(s.st_rdev))),
            fileMode: s.st_mode & 0o777, uid: s.st_uid, gid: s.st_gid)
    }
}
