import Dockerfile
import Linux
import Support

/// What stays at home: the Dockerfile's own `DOCKERFILE.dockerignore`, else `.dockerignore` of the context.
struct LeftOut {
    private let patterns: IgnoreFile?

    init(_ folder: String, own: String?) throws(EscaleError) {
        let path = own.flatMap { Files.exists($0) ? $0 : nil } ?? "\(folder)/.dockerignore"
        guard Files.exists(path) else {
            patterns = nil
            return
        }
        let bytes = try Files.read(path)
        do throws(DockerfileError) {
            patterns = try IgnoreFile(parsing: bytes, name: Path.name(path))
        } catch { throw EscaleError(.invalid, error.summary) }
    }

    func keeps(_ path: String) -> Bool { !(patterns?.ignores(path) ?? false) }
}
