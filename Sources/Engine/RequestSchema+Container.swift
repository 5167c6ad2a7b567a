import Support

/// Members of the body of `POST /containers/create`, as the Docker Engine API 1.47 lists them.
extension RequestSchema {
    /// The container's own configuration (`Config` in inspect).
    package static let config: [RequestField] = [
        .init("Hostname", .string, ""),
        .init("Domainname", .string, ""),
        .init("User", .string, ""),
        .init("AttachStdin", .bool, false),
        .init("AttachStdout", .bool, false),
        .init("AttachStderr", .bool, false),
        .init("ExposedPorts", .object),
        .init("Tty", .bool, false),
        .init("OpenStdin", .bool, false),
        .init("StdinOnce", .bool, false),
        .init("Env", .strings),
        .init("Cmd", .command),
        .init("Healthcheck", .object),
        .init("ArgsEscaped", .bool, false, .harmless),
        .init("Image", .string, ""),
        .init("Volumes", .object),
        .init("WorkingDir", .string, ""),
        .init("Entrypoint", .command),
        .init("NetworkDisabled", .bool, false),
        .init("MacAddress", .string, "", .refused),
        .init("OnBuild", .strings, .null, .harmless),
        .init("Labels", .stringMap, [:]),
        .init("StopSignal", .string, ""),
        .init("StopTimeout", .integer),
        .init("Shell", .strings, .null, .harmless)
    ]

    /// What the host gives and how far it goes (`HostConfig`).
    package static let hostConfig: [RequestField] =
        hostStorage + hostNetwork + hostNamespaces + hostSecurity + hostResources + hostLife

    private static let hostStorage: [RequestField] = [
        .init("Binds", .strings),
        .init("ContainerIDFile", .string, "", .harmless),
        .init("Mounts", .array, []),
        .init("Tmpfs", .stringMap, [:]),
        .init("VolumeDriver", .string, "", .refused),
        .init("VolumesFrom", .strings, .null, .refused),
        .init("StorageOpt", .stringMap, .null, .refused),
        .init("ShmSize", .integer, 67_108_864),
        .init("ReadonlyRootfs", .bool, false)
    ]

    private static let hostNetwork: [RequestField] = [
        .init("NetworkMode", .string, "default"),
        .init("PortBindings", .object, [:]),
        .init("PublishAllPorts", .bool, false),
        .init("Dns", .strings, []),
        .init("DnsOptions", .strings, []),
        .init("DnsSearch", .strings, []),
        .init("ExtraHosts", .strings),
        .init("Links", .strings, .null, .refused)
    ]

    private static let hostNamespaces: [RequestField] = [
        .init("PidMode", .string, ""),
        .init("IpcMode", .string, "private"),
        .init("UTSMode", .string, ""),
        .init("UsernsMode", .string, "", .refused),
        .init("CgroupnsMode", .string, "private"),
        .init("Cgroup", .string, "", .refused),
        .init("CgroupParent", .string, "", .refused),
        .init("Isolation", .string, "", .refused)
    ]

    private static let hostSecurity: [RequestField] = [
        .init("CapAdd", .strings),
        .init("CapDrop", .strings),
        .init("Privileged", .bool, false),
        .init("SecurityOpt", .strings),
        .init("GroupAdd", .strings),
        .init("Devices", .array, []),
        .init("DeviceCgroupRules", .strings, .null, .refused),
        .init("DeviceRequests", .array, .null, .refused),
        .init("Sysctls", .stringMap, [:]),
        .init("MaskedPaths", .strings),
        .init("ReadonlyPaths", .strings)
    ]

    private static let hostResources: [RequestField] = [
        .init("Memory", .integer, 0),
        .init("MemorySwap", .integer, 0),
        .init("MemoryReservation", .integer, 0),
        .init("MemorySwappiness", .integer, .null, .refused),
        .init("KernelMemory", .integer, 0, .refused),
        .init("KernelMemoryTCP", .integer, 0, .refused),
        .init("OomKillDisable", .bool, false, .refused),
        .init("OomScoreAdj", .integer, 0),
        .init("NanoCpus", .integer, 0),
        .init("CpuShares", .integer, 0),
        .init("CpuPeriod", .integer, 0),
        .init("CpuQuota", .integer, 0),
        .init("CpuRealtimePeriod", .integer, 0, .refused),
        .init("CpuRealtimeRuntime", .integer, 0, .refused),
        .init("CpusetCpus", .string, ""),
        .init("CpusetMems", .string, ""),
        .init("PidsLimit", .integer),
        .init("Ulimits", .array, []),
        .init("BlkioWeight", .integer, 0, .refused),
        .init("BlkioWeightDevice", .array, [], .refused),
        .init("BlkioDeviceReadBps", .array, [], .refused),
        .init("BlkioDeviceWriteBps", .array, [], .refused),
        .init("BlkioDeviceReadIOps", .array, [], .refused),
        .init("BlkioDeviceWriteIOps", .array, [], .refused),
        .init("CpuCount", .integer, 0, .refused),
        .init("CpuPercent", .integer, 0, .refused),
        .init("IOMaximumIOps", .integer, 0, .refused),
        .init("IOMaximumBandwidth", .integer, 0, .refused)
    ]

    private static let hostLife: [RequestField] = [
        .init("AutoRemove", .bool, false),
        .init("RestartPolicy", .object, ["Name": "no", "MaximumRetryCount": 0]),
        .init("LogConfig", .object, ["Type": "json-file", "Config": [:]]),
        .init("Init", .bool),
        .init("Runtime", .string, "escale-runtime", .harmless),
        .init("ConsoleSize", .array, [0, 0]),
        .init("Annotations", .stringMap, .null, .harmless)
    ]
}
