import Glibc
import Support

/// `RootfsTransfer` as a program's verbs: archives on stdin and stdout, so that a single-threaded
/// process may enter a container's namespaces and do the work there.
///
///     stat PATH                 one JSON object on stdout, as the Docker API's header holds it
///     get PATH                  a tar archive on stdout
///     put [--keep-kinds] PATH   unpacks a tar archive from stdin; `--keep-kinds` never lets a folder
///                               replace something else or the other way round
///
/// A failure is one JSON object on stderr: `{"code":…,"message":…,"errno":…}`.
public enum RootfsProgram {
    /// - Parameters:
    ///   - arguments: the verb and what follows.
    ///   - root: an open descriptor of the container's root.
    /// - Returns: the exit status: 0 done, 1 failed, 2 wrong usage.
    public static func run(_ arguments: [String], root: Int32) -> Int32 {
        do throws(EscaleError) {
            try perform(arguments, root: root)
            return 0
        } catch {
            let json: JSON = [
                "code": .string(error.code.rawValue), "message": .string(error.message),
                "errno": .int(Int64(error.errno))
            ]
            Output.err(json.text() + "\n")
            return error == usage ? 2 : 1
        }
    }

    /// The error that a failed run wrote to its stderr.
    public static func error(_ stderr: String) -> EscaleError {
        guard let json = try? JSON.parse(stderr), let message = json["message"].string else {
            return EscaleError(.internal, stderr.isEmpty ? "the copying program failed" : stderr)
        }
        return EscaleError(
            json["code"].string.flatMap(EscaleError.Code.init(rawValue:)) ?? .internal, message,
            errno: Int32(json["errno"].int ?? 0))
    }

    private static let usage = EscaleError(.invalid, "usage: stat PATH | get PATH | put [--keep-kinds] PATH")

    private static func perform(_ arguments: [String], root: Int32) throws(EscaleError) {
        guard let verb = arguments.first, let path = arguments.last, arguments.count > 1 else { throw usage }
        let options = arguments.dropFirst().dropLast()
        switch verb {
        case "stat" where options.isEmpty:
            Output.out(try RootfsTransfer.stat(root: root, path: path).json.text() + "\n")
        case "get" where options.isEmpty:
            try RootfsTransfer.get(root: root, path: path, to: DescriptorSink(1))
        case "put" where options.isEmpty || Array(options) == ["--keep-kinds"]:
            _ = try RootfsTransfer.put(
                root: root, path: path, from: DescriptorSource(0), keepsKinds: !options.isEmpty)
        default: throw usage
        }
    }
}
