import Glibc
import Linux
import OCI
import Support

/// The container's tree while it is built. Its /proc, /sys and /dev decide what else is safe, so they
/// stay open from the moment they are mounted: paths below them are found in them, whatever another
/// container that shares the files renames over them meanwhile (CVE-2021-30465, CVE-2023-27561).
final class ContainerTree {
    let path: String
    private let root: RootFolder
    private var pins: [Pin] = []

    private final class Pin {
        let path: String
        let folder: RootFolder

        init(_ path: String, _ folder: consuming RootFolder) {
            self.path = path
            self.folder = folder
        }
    }

    init(_ path: String) throws(EscaleError) {
        root = try RootFolder(path)
        self.path = path
    }

    /// Keeps the mount that was just made at `path`, which must be of the kind it was made as.
    func pin(_ path: String, _ kind: FileSystem?) throws(EscaleError) {
        let path = Path.clean(path)
        let folder = try plainFolder(path)
        if let kind, folder.fileSystem != kind {
            throw EscaleError(.denied, "\(path): replaced while it was mounted")
        }
        pins.append(Pin(path, RootFolder(folder, path)))
    }

    /// Something else is mounted at a path: what was kept there, and below it, is hidden.
    func cover(_ path: String) {
        let path = Path.clean(path)
        pins.removeAll { $0.path == path || $0.path.hasPrefix(path == "/" ? path : path + "/") }
    }

    /// A folder that is reached without any symlink.
    func plainFolder(_ path: String) throws(EscaleError) -> FD {
        do throws(EscaleError) {
            return try at(path) { (folder, rest) throws(EscaleError) in
                try folder.open(rest, Sys.pathOnly | O_DIRECTORY, followsLinks: false)
            }
        } catch {
            guard error.errno == ELOOP else { throw error }
            throw EscaleError(
                .invalid, "\(path): must be mounted on ordinary directory, not a symlink", errno: ELOOP)
        }
    }

    func open(_ path: String, _ flags: Int32) throws(EscaleError) -> FD {
        try at(path) { (folder, rest) throws(EscaleError) in try folder.open(rest, flags) }
    }

    func makeFolder(_ path: String) throws(EscaleError) -> FD {
        try at(path) { (folder, rest) throws(EscaleError) in try folder.makeFolder(rest) }
    }

    func makeFile(_ path: String, followsLinks: Bool = true) throws(EscaleError) -> FD {
        try at(path) { (folder, rest) throws(EscaleError) in
            try folder.makeFile(rest, followsLinks: followsLinks)
        }
    }

    func makeLink(_ path: String, to target: String) throws(EscaleError) {
        try at(path) { (folder, rest) throws(EscaleError) in try folder.makeLink(rest, to: target) }
    }

    /// The innermost kept mount above a path, and the path in it.
    private func at<R: ~Copyable>(
        _ path: String, _ body: (borrowing RootFolder, String) throws(EscaleError) -> R
    ) throws(EscaleError) -> R {
        let path = Path.clean(path)
        for pin in pins.reversed() {
            if path == pin.path { return try body(pin.folder, "/") }
            if path.hasPrefix(pin.path + "/") {
                return try body(pin.folder, String(path.dropFirst(pin.path.count)))
            }
        }
        return try body(root, path)
    }
}
