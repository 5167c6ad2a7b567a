import Linux
import OCI
import ShimProtocol
import Support

/// What the Swift runtime does at the first use of a type, and what never changes while this process lives:
/// done before there is a container to wait for it. From texts, since only reading is to be warm.
enum WarmUp {
    static func run() {
        _ = try? CgroupHost.current()
        _ = Timestamp.now.rfc3339
        _ = try? JSON.parse(config).decode(ShimConfig.self)
        _ = try? JSON.encode(ShimEvent.created(pid: 1)).bytes()
        _ = try? JSON.encode(ShimEvent.started).bytes()
        _ = try? JSON.parse(#"{"start":{}}"#).decode(ShimRequest.self)
        _ = try? JSON.parse(#"{"attach":{"stdin":true,"stdout":true,"stderr":true}}"#).decode(
            ShimRequest.self)
        let _: RuntimeSpec? = try? JSON.parse(spec).read()
    }

    private static let config = """
        {"id":"","bundle":"","lower":[""],"upper":"","work":"","runtimeRoot":"","terminal":false,
        "openStdin":false,"stdinOnce":false,"logPath":"","socket":"","exitFile":"","network":{"bridge":"",
        "hostInterface":"","interface":"","mac":"","address":"","prefix":0,"gateway":"","mtu":0}}
        """

    private static let spec = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0,"additionalGids":[1]},"args":[""],"env":[""],
        "cwd":"/","capabilities":{"bounding":[""],"effective":[""],"permitted":[""]},
        "rlimits":[{"type":"","soft":1,"hard":1}]},"root":{"path":""},"hostname":"",
        "mounts":[{"destination":"","type":"","source":"","options":[""]}],"annotations":{"":""},
        "linux":{"sysctl":{"":""},"resources":{"devices":[{"allow":false,"type":"c","major":1,"minor":1,
        "access":"r"}],"memory":{"limit":1},"cpu":{"quota":1},"pids":{"limit":1}},"cgroupsPath":"",
        "namespaces":[{"type":"pid"}],"maskedPaths":[""],"readonlyPaths":[""],"seccomp":{"defaultAction":"",
        "architectures":[""],"syscalls":[{"names":[""],"action":"","args":[{"index":0,"value":0,"op":""}]}]}}}
        """
}
