import Glibc
import Linux
import Support

extension Files {
    /// Runs `body` with a short name of a socket's path: an address takes 107 bytes, a path more.
    static func withShortPath<R: ~Copyable>(
        _ path: String, _ body: (String) throws(EscaleError) -> R
    ) throws(EscaleError) -> R {
        let folder = try Sys.open(Path.parent(path), Sys.pathOnly | O_DIRECTORY)
        return try body("\(folder.procPath)/\(Path.name(path))")
    }

    static func listenShort(_ path: String) throws(EscaleError) -> FD {
        try withShortPath(path) { (short) throws(EscaleError) in try UnixSocket.listen(short) }
    }

    static func connectShort(_ path: String) throws(EscaleError) -> FD {
        try withShortPath(path) { (short) throws(EscaleError) in try UnixSocket.connect(short) }
    }
}
