import Glibc
import Linux
import Support

/// Finding and starting the user's program, inside the container.
package enum Program {
    /// The file that `name` means: itself where it has a slash, else the first executable one in the
    /// PATH of `environment`. Messages are runc's.
    package static func find(_ name: String, environment: [String], directory: String) throws(EscaleError)
        -> String
    {
        let quoted = "\"\(name)\""
        if name.isEmpty {
            throw EscaleError(.notFound, "exec: \(quoted): executable file not found in $PATH", errno: ENOENT)
        }
        if name.contains("/") {
            let path = name.hasPrefix("/") ? name : Path.join(directory, name)
            var s = stat()
            if stat(path, &s) != 0 {
                let code = errno
                throw EscaleError(
                    code == EACCES ? .denied : .notFound,
                    "exec: \(quoted): stat \(name): \(ErrnoText.text(code))", errno: code)
            }
            if s.st_mode & S_IFMT == S_IFDIR {
                throw EscaleError(
                    .denied, "exec: \(quoted): is a directory: permission denied", errno: EISDIR)
            }
            if s.st_mode & 0o111 == 0 {
                throw EscaleError(.denied, "exec: \(quoted): permission denied", errno: EACCES)
            }
            return path
        }
        var denied = false
        for folder in paths(environment) {
            let folder = folder.isEmpty ? "." : folder
            let path = Path.join(folder.hasPrefix("/") ? folder : Path.join(directory, folder), name)
            var s = stat()
            guard stat(path, &s) == 0, s.st_mode & S_IFMT != S_IFDIR else { continue }
            if s.st_mode & 0o111 != 0 { return path }
            denied = true
        }
        if denied {
            throw EscaleError(.denied, "exec: \(quoted): permission denied", errno: EACCES)
        }
        throw EscaleError(.notFound, "exec: \(quoted): executable file not found in $PATH", errno: ENOENT)
    }

    static func paths(_ environment: [String]) -> [String] {
        let value = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
        return value.isEmpty
            ? [] : value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }

    /// execve(2): comes back only with an error.
    static func run(_ path: String, _ arguments: [String], _ environment: [String]) -> EscaleError {
        let code: Int32 = Spawn.withStrings(arguments) { argv in
            Spawn.withStrings(environment) { envp in
                execve(path, argv, envp)
                return errno
            }
        }
        return EscaleError(
            .init(errno: code), "exec: \"\(arguments.first ?? path)\": \(ErrnoText.text(code))", errno: code)
    }
}

/// `/etc/passwd` of the container (passwd(5)).
package enum Passwd {
    /// The container's file, empty where there is none. It may be anything: nothing is waited for, and a
    /// device that never ends is not read.
    static func text() -> String {
        guard let fd = try? Sys.open("/etc/passwd", O_RDONLY | O_NONBLOCK) else { return "" }
        var s = stat()
        guard fstat(fd.raw, &s) == 0, s.st_mode & S_IFMT == S_IFREG,
            let bytes = try? Files.readAll(fd.raw, limit: 1 << 20)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The home folder of a user id, nil where the file does not tell.
    package static func home(of uid: UInt32, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 6, fields[2] == String(uid) { return String(fields[5]) }
        }
        return nil
    }
}
