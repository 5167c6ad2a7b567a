import Glibc
import Support

/// Where the labs are: `ESCALE_LABS`, else `labs/` of the checkout that the program was built in.
public enum LabsFolder {
    /// Throws `.notFound` when there is none.
    public static var path: String {
        get throws(EscaleError) {
            if let named = Environment["ESCALE_LABS"] {
                guard Files.isDirectory(named) else {
                    throw EscaleError(
                        .notFound, "ESCALE_LABS=\(named): no such folder", repair: "unset ESCALE_LABS")
                }
                return named
            }
            for folder in candidates(executable: executable) where Files.isDirectory("\(folder)/images") {
                return folder
            }
            throw EscaleError(
                .notFound, "no labs folder beside \(executable)",
                repair: "export ESCALE_LABS=CHECKOUT/labs")
        }
    }

    /// `labs` in every folder above the program (`.build/release/escale` lies two below the
    /// checkout, its real path three), nearest first.
    static func candidates(executable: String) -> [String] {
        var folder = Path.parent(executable)
        var list: [String] = []
        while folder != "/", folder != "." {
            list.append("\(folder)/labs")
            folder = Path.parent(folder)
        }
        return list
    }

    /// readlink(2) of /proc/self/exe.
    private static var executable: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(n, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
