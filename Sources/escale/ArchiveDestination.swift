import Glibc
import Linux
import Support

/// Where a tar archive from the engine goes.
enum ArchiveDestination {
    case output
    /// There whole, or not at all.
    case file(String)
    /// Unpacked; what is there and not in the archive stays.
    case folder(String)

    /// A path; a folder where it ends with a slash; our output where there is none.
    init(_ path: String?) {
        guard let path, path != "-" else {
            self = .output
            return
        }
        self = path.hasSuffix("/") ? .folder(path) : .file(path)
    }

    func take(_ write: (Int32) throws -> Void) throws {
        switch self {
        case .output: try write(1)
        case .file(let path):
            // Under a name of its own until it is whole.
            let temporary = "\(path).tmp-\(Hex.random(4))"
            do {
                let file = try Sys.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
                try write(file.raw)
                try Sys.call("rename", path) { rename(temporary, path) }
            } catch {
                unlink(temporary)
                throw error
            }
        case .folder(let folder): try Self.unpack(into: folder, write)
        }
    }

    private static func unpack(into folder: String, _ write: (Int32) throws -> Void) throws {
        try Files.makeDirectory(folder)
        let (input, end) = try Sys.pipe()
        let output = FD(owning: end)
        let tar = try Spawn.start(
            "tar", ["-x", "-p", "-f", "-", "-C", folder, "--no-same-owner"], descriptors: [0: input])
        close(input)
        signal(SIGPIPE, SIG_IGN)
        do { try write(output.raw) } catch {
            kill(tar, SIGKILL)
            _ = try? Spawn.wait(tar)
            throw error
        }
        close(output.release())
        guard try Spawn.wait(tar) == 0 else {
            throw EscaleError(.internal, "tar could not write \(folder)")
        }
    }
}
