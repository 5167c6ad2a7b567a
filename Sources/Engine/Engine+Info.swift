import Linux
import Support

extension Engine {
    package nonisolated func versionDocument() -> JSON {
        [
            "Platform": ["Name": "Escale"],
            "Components": [
                [
                    "Name": "Engine", "Version": .string(Self.version),
                    "Details": [
                        "ApiVersion": "1.47", "Arch": .string(architecture), "Experimental": "false",
                        "GitCommit": "", "KernelVersion": .string(host.kernel), "MinAPIVersion": "1.24",
                        "Os": "linux"
                    ]
                ],
                ["Name": "escale-runtime", "Version": .string(Self.version), "Details": ["GitCommit": ""]]
            ],
            "Version": .string(Self.version), "ApiVersion": "1.47", "MinAPIVersion": "1.24", "GitCommit": "",
            "GoVersion": "", "Os": "linux", "Arch": .string(architecture),
            "KernelVersion": .string(host.kernel),
            "BuildTime": ""
        ]
    }

    private nonisolated var architecture: String {
        switch host.machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        default: host.machine
        }
    }

    package func info() throws(EscaleError) -> JSON {
        let states = containers.values.map(\.state.status)
        let images = try images.list()
        let cgroups = try? CgroupHost.detect()
        let version = cgroups?.mode == .v2 ? "2" : "1"
        func has(_ controller: String) -> JSON { .bool(cgroups?.hierarchy(of: controller) != nil) }
        let docker: [(String, JSON)] = [
            ("ID", .string(Networks.id("engine", kit))), ("Containers", JSON(states.count)),
            ("ContainersRunning", JSON(states.count { $0 == .running })),
            ("ContainersPaused", JSON(states.count { $0 == .paused })),
            ("ContainersStopped", JSON(states.count { $0 != .running && $0 != .paused })),
            ("Images", JSON(images.count)), ("Driver", "overlay2"),
            ("DriverStatus", .array([.array(["Backing Filesystem", .string(kit.root)])])),
            (
                "Plugins",
                [
                    "Volume": ["local"], "Network": ["bridge", "host", "null"], "Authorization": .null,
                    "Log": ["json-file"]
                ]
            ),
            ("MemoryLimit", has("memory")), ("SwapLimit", has("memory")), ("CpuCfsPeriod", has("cpu")),
            ("CpuCfsQuota", has("cpu")), ("CPUShares", has("cpu")), ("CPUSet", has("cpuset")),
            ("PidsLimit", has("pids")), ("OomKillDisable", false), ("IPv4Forwarding", true), ("Debug", false),
            ("NFd", JSON((try? Files.list("/proc/self/fd").count) ?? 0)), ("NGoroutines", 0),
            ("SystemTime", .string(Timestamp.now.rfc3339)), ("LoggingDriver", "json-file"),
            ("CgroupDriver", "cgroupfs"), ("CgroupVersion", .string(version)), ("NEventsListener", 0),
            ("KernelVersion", .string(host.kernel)), ("OperatingSystem", .string(host.distribution)),
            ("OSVersion", ""), ("OSType", "linux"), ("Architecture", .string(host.machine)),
            ("IndexServerAddress", ""),
            ("RegistryConfig", ["IndexConfigs": [:], "InsecureRegistryCIDRs": [], "Mirrors": []]),
            ("NCPU", JSON(host.cpus)), ("MemTotal", JSON(host.memory)), ("GenericResources", .null),
            ("DockerRootDir", .string(kit.root)), ("HttpProxy", ""), ("HttpsProxy", ""), ("NoProxy", ""),
            ("Name", .string(host.name)), ("Labels", []), ("ExperimentalBuild", false),
            ("ServerVersion", .string(Self.version)),
            ("Runtimes", ["escale-runtime": ["path": "escale-runtime"]]),
            ("DefaultRuntime", "escale-runtime"),
            (
                "Swarm",
                [
                    "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false,
                    "Error": "", "RemoteManagers": .null
                ]
            ),
            ("LiveRestoreEnabled", true), ("Isolation", ""), ("InitBinary", ""),
            ("ContainerdCommit", ["ID": ""]), ("RuncCommit", ["ID": ""]), ("InitCommit", ["ID": ""]),
            ("SecurityOptions", ["name=seccomp,profile=builtin", "name=cgroupns"]), ("Warnings", warnings)
        ]
        return .object(JSONObject(docker))
    }

    private var warnings: JSON {
        var list: [String] = []
        if let problem = networking.bridge?.natProblem { list.append("WARNING: \(problem)") }
        if (try? CgroupHost.detect())?.mode == CgroupHost.Mode.none {
            list.append("WARNING: no cgroups: limits and statistics are not available")
        }
        return list.isEmpty ? .null : JSON(list)
    }

    /// `docker system df`.
    package func diskUsage() async throws(EscaleError) -> JSON {
        let images = try images.list()
        let users = Dictionary(grouping: containers.values.map(\.record.image), by: { $0 })
        let containers = try await list(all: true, limit: 0, size: true, filters: .null)
        var volumes: [JSON] = []
        for volume in try listVolumes(.null)["Volumes"].array ?? [] {
            let path = volume["Mountpoint"].string ?? ""
            let name = volume["Name"].string ?? ""
            let size = try await Blocking.run { () throws(EscaleError) in DiskUsage.bytes(path) }
            var o = volume.object ?? JSONObject()
            let count = self.containers.values.count { $0.record.volumes.values.contains(name) }
            o["UsageData"] = ["Size": JSON(size), "RefCount": JSON(count)]
            volumes.append(.object(o))
        }
        var layers: [String: (size: Int64, images: Set<String>)] = [:]
        for image in images {
            for (layer, size) in zip(image.layers, try self.images.layerSizes(image).reversed()) {
                layers[layer, default: (size, [])].images.insert(image.id)
            }
        }
        func shared(_ image: EngineImage) -> Int64 {
            Set(image.layers).reduce(0) { sum, layer in
                guard let known = layers[layer], known.images.count > 1 else { return sum }
                return sum + known.size
            }
        }
        return [
            "LayersSize": .int(layers.values.reduce(0) { $0 + $1.size }),
            "Images": .array(
                images.map { $0.summary(containers: users[$0.id]?.count ?? 0, shared: shared($0)) }),
            "Containers": containers, "Volumes": .array(volumes), "BuildCache": [], "BuilderSize": 0
        ]
    }
}
