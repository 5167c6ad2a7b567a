import Linux
import OCI
import Support

/// A folder with `config.json` and, usually, `rootfs`.
public enum Bundle {
    public static func load(_ path: String) throws(EscaleError) -> RuntimeSpec { try read(path).spec }

    package static func decode(_ bytes: [UInt8]) throws(EscaleError) -> RuntimeSpec {
        let json = try JSON.parse(bytes)
        try ZeroBytes.refuse(in: json, from: bytes)
        return try json.read()
    }

    /// The configuration, and the bytes that it was read from.
    public static func read(_ path: String) throws(EscaleError) -> (spec: RuntimeSpec, bytes: [UInt8]) {
        do {
            let bytes = try Files.read("\(path)/config.json")
            return (try decode(bytes), bytes)
        } catch {
            if error.errno == 2 {
                throw EscaleError(
                    .notFound, "JSON specification file \(path)/config.json not found", errno: 2)
            }
            throw error.within("\(path)/config.json")
        }
    }
}
