import Dockerfile
import Linux
import Support

/// What stays at home, as a `.dockerignore` says; nothing where there is none.
struct LeftOut {
    private let patterns: IgnoreFile?

    init(_ path: String?) throws(EscaleError) {
        guard let path else {
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
