import Glibc
import Linux
import Support

/// The folders put in front of bash's PATH: `escale` and `escale-runtime` in one, our `docker` in the other.
enum Commands {
    static func prepare(kit: Kit) throws(EscaleError) -> (bin: String, shim: String) {
        let bin = "\(kit.run)/bin"
        let shim = "\(kit.run)/docker-bin"
        do {
            try Files.makeDirectory(kit.run, mode: 0o711)
            try Files.makeDirectory(bin)
            try Files.makeDirectory(shim)
            let program = try self.program
            try link("\(bin)/escale", to: program)
            try link(
                "\(bin)/escale-runtime", to: Path.join(Path.parent(program), "escale-runtime"))
            let script = "#!/bin/sh\nexec \(ShellWords.quote("\(bin)/escale")) docker \"$@\"\n"
            if (try? Files.text("\(shim)/docker")) != script {
                try Files.replace("\(shim)/docker", script.utf8, mode: 0o755)
            }
        } catch {
            throw EscaleError(
                error.code, "cannot prepare \(kit.run): \(error.message)", errno: error.errno,
                repair: "export ESCALE_RUN=$HOME/.escale-run ESCALE_ROOT=$HOME/.escale")
        }
        return (bin, shim)
    }

    /// Other sessions may use the link meanwhile: it is replaced in one step.
    private static func link(_ path: String, to target: String) throws(EscaleError) {
        guard (try? readLink(path)) != target else { return }
        let temporary = "\(path).\(getpid())"
        unlink(temporary)
        try Sys.call("symlink", temporary) { symlink(target, temporary) }
        try Sys.call("rename", temporary) { rename(temporary, path) }
    }

    private static var program: String {
        get throws(EscaleError) { try readLink("/proc/self/exe") }
    }

    private static func readLink(_ path: String) throws(EscaleError) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = try Sys.call("readlink", path) { readlink(path, &buffer, buffer.count) }
        return String(decoding: buffer[..<n].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
