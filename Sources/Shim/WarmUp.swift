import Linux
import Network
import OCI
import ShimProtocol
import Support

/// What the Swift runtime does at the first use of a type, and what never changes while this process lives:
/// done before there is a container to wait for it.
enum WarmUp {
    static func run() {
        _ = try? CgroupHost.current()
        _ = Timestamp.now.rfc3339
        let config = ShimConfig(
            id: "", bundle: "", lower: [], upper: "", work: "", runtimeRoot: "", terminal: false,
            openStdin: false, stdinOnce: false, logPath: "", socket: "", exitFile: "",
            network: Attachment(
                bridge: "", hostInterface: "", interface: "", mac: "", address: "", prefix: 0, gateway: "",
                mtu: 0))
        _ = again(config, as: ShimConfig.self)
        _ = again(ShimEvent.created(pid: 1), as: ShimEvent.self)
        _ = again(ShimEvent.started, as: ShimEvent.self)
        _ = again(ShimRequest.start, as: ShimRequest.self)
        _ = again(ShimRequest.attach(stdin: true, stdout: true, stderr: true), as: ShimRequest.self)
        if let bytes = try? JSON.encode(RuntimeSpec.example).bytes() {
            let _: RuntimeSpec? = try? JSON.parse(bytes).read()
        }
    }

    private static func again<T: Codable>(_ value: T, as type: T.Type) -> T? {
        guard let bytes = try? JSON.encode(value).bytes() else { return nil }
        return try? JSON.parse(bytes).decode(type)
    }
}
