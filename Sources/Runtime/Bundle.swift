import Linux
import OCI
import Support

/// A folder with `config.json` and, usually, `rootfs`.
public enum Bundle {
    public static func load(_ path: String) throws(EscaleError) -> RuntimeSpec { try read(path).spec }

    package static func decode(_ bytes: [UInt8]) throws(EscaleError) -> RuntimeSpec {
        let json = try JSON.parse(bytes)
        try ZeroBytes.refuse(in: json, from: bytes)
        return try json.decode()
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

/// The user namespace that this process is in.
public enum UserNamespace {
    /// Whether it is not the first one: then ids are mapped, and some things are the host's only.
    public static var isNested: Bool {
        let text = (try? Files.text("/proc/self/uid_map")) ?? ""
        return text.split(whereSeparator: \.isWhitespace).map(String.init) != ["0", "0", "4294967295"]
    }
}
