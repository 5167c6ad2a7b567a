import Engine
import OCI
import Support
import Testing

/// Docker's request -> the runtime specification. What every container has (`Defaults`) is left out of
/// the golden texts; what a request adds or takes away is in them.
@Suite struct SpecTests {
    static func spec(_ request: String) throws -> RuntimeSpec {
        guard case .object(var config) = try JSON.parse(request) else {
            throw EscaleError(.invalid, "no object")
        }
        let host = config["HostConfig"] ?? .null
        let endpoints = config["NetworkingConfig"]?["EndpointsConfig"] ?? .null
        config["HostConfig"] = nil
        config["NetworkingConfig"] = nil
        let image = ImageConfig.Execution(
            user: "", env: ["PATH=/bin", "LANG=C"], cmd: ["sh"], workingDir: "/srv", labels: ["a": "image"])
        let merged = ImageMerge.merge(
            try RequestSchema.normalise(.object(config), RequestSchema.config, at: "Config"), image)
        let options = try ContainerOptions(
            config: merged,
            host: try RequestSchema.normalise(host, RequestSchema.hostConfig, at: "HostConfig"),
            endpoints: endpoints, cpus: 4)
        let user = try ResolvedUser.resolve(
            options.user, more: options.groups, passwd: "web:x:100:101::/home/web:/bin/sh\n",
            group: "log:x:7:web\n")
        var joins: [RuntimeSpec.Namespace.Kind: String] = [:]
        if case .container = options.network.mode { joins[.network] = "/proc/7/ns/net" }
        if case .container = options.namespaces.pid { joins[.pid] = "/proc/7/ns/pid" }
        let devices = options.security.devices.map {
            RuntimeSpec.Device(type: "c", path: $0.container, major: 10, minor: 232)
        }
        return SpecBuilder.build(
            options,
            SpecInput(
                id: "0123", cgroup: "/escale-00000000/0123", user: user,
                mountSources: options.mounts.map {
                    $0.kind == .volume ? "/volumes/\($0.source)/_data" : $0.source
                },
                etc: [("hosts", "/c/hosts")], hostname: options.hostname.isEmpty ? "0123" : options.hostname,
                joins: joins, devices: devices, deviceAccess: options.security.devices.map(\.access)))
    }

    /// The differences from what every container has, on one line.
    static func differences(_ spec: RuntimeSpec) throws -> String {
        var o = JSONObject()
        var process = try JSON.encode(spec.process).object ?? JSONObject()
        let usual = RuntimeSpec.Capabilities.docker(Defaults.capabilities)
        if spec.process?.capabilities == usual { process["capabilities"] = nil }
        o["process"] = .object(process)
        o["hostname"] = spec.hostname.map { .string($0) }
        o["domainname"] = spec.domainname.map { .string($0) }
        if spec.root?.readonly == true { o["readonly"] = true }
        let plain = Defaults.mounts()
        let mounts = spec.mounts ?? []
        o["mounts"] = JSON(
            mounts.filter { !plain.contains($0) }
                .map {
                    "\($0.type ?? "") \($0.source ?? "") \($0.destination) \(($0.options ?? []).joined(separator: ","))"
                })
        let missing = plain.map(\.destination).filter { path in !mounts.contains { $0.destination == path } }
        if !missing.isEmpty { o["without"] = JSON(missing) }
        o["namespaces"] = JSON(
            (spec.linux?.namespaces ?? []).map { $0.type.rawValue + ($0.path.map { "=\($0)" } ?? "") })
        var resources = spec.linux?.resources
        let rules = resources?.devices ?? []
        if rules.starts(with: Defaults.deviceRules) {
            resources?.devices =
                rules.count == Defaults.deviceRules.count
                ? nil : Array(rules.dropFirst(Defaults.deviceRules.count))
        }
        o["resources"] = try resources.map { try JSON.encode($0) }
        o["devices"] = try spec.linux?.devices.map { try JSON.encode($0) }
        if spec.linux?.maskedPaths != Defaults.maskedPaths {
            o["masked"] = JSON(spec.linux?.maskedPaths ?? [])
        }
        if spec.linux?.readonlyPaths != Defaults.readonlyPaths {
            o["readonlyPaths"] = JSON(spec.linux?.readonlyPaths ?? [])
        }
        let sysctl = (spec.linux?.sysctl ?? [:]).sorted { $0.key < $1.key }
        o["sysctl"] = .object(JSONObject(sysctl.map { ($0.key, .string($0.value)) }))
        return JSON.object(o).text()
    }

    @Test(arguments: SpecGolden.cases) func golden(_ golden: SpecGolden) throws {
        let found = try Self.differences(try Self.spec(golden.request))
        #expect(found == golden.spec, "GOT \(golden.description)|\(found)")
    }

    @Test(arguments: [
        ("{\"HostConfig\":{\"Memory\":1024}}", "Minimum memory limit allowed is 6MB"),
        ("{\"HostConfig\":{\"Memory\":\"64m\"}}", "HostConfig.Memory: expected an integer"),
        (
            "{\"HostConfig\":{\"NanoCpus\":5000000000}}",
            "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"
        ),
        (
            "{\"HostConfig\":{\"CpusetCpus\":\"0-9\"}}",
            "Requested CPUs are not available - requested 0-9, available: 0-3"
        ),
        ("{\"HostConfig\":{\"CapAdd\":[\"FLY\"]}}", "invalid capability: \"FLY\""),
        ("{\"HostConfig\":{\"Binds\":[\"/a:b\"]}}", "invalid mount path: 'b' mount path must be absolute"),
        ("{\"HostConfig\":{\"Binds\":[\"/a:/x\",\"/b:/x\"]}}", "Duplicate mount point: /x"),
        ("{\"HostConfig\":{\"NetworkMode\":\"moon\"}}", "network moon not found"),
        (
            "{\"HostConfig\":{\"DeviceRequests\":[{\"Count\":1}]}}",
            "HostConfig.DeviceRequests is not supported"
        ),
        ("{\"HostConfig\":{\"Teleport\":true}}", "HostConfig.Teleport: unknown field"),
        ("{\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}", "no log driver named 'syslog'"),
        ("{\"HostConfig\":{\"Sysctls\":{\"kernel.panic\":\"1\"}}}", "is not in a separate kernel namespace"),
        ("{\"HostConfig\":{\"SecurityOpt\":[\"seccomp={\"]}}", "Decoding seccomp profile failed"),
        (
            "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":9,\"Hard\":1}]}}",
            "ulimit soft limit must be less"
        ),
        (
            "{\"HostConfig\":{\"AutoRemove\":true,\"RestartPolicy\":{\"Name\":\"always\"}}}",
            "can't create 'AutoRemove' container"
        ),
        ("{\"WorkingDir\":\"x\"}", "the working directory 'x' is invalid"),
        ("{\"StopSignal\":\"SIGNOPE\"}", "Invalid signal: SIGNOPE"),
        ("{\"User\":\"nobody\"}", "unable to find user nobody")
    ]) func refused(_ request: String, _ message: String) {
        do {
            _ = try Self.spec(request)
            Issue.record("accepted: \(request)")
        } catch {
            #expect(EscaleError.wrap(error).message.contains(message), "\(error)")
        }
    }

    /// What Docker's client sends for everything that its user did not ask for is no request.
    @Test func goZeroValuesAreHarmless() throws {
        let request = """
            {"Cmd":["true"],"OnBuild":null,"HostConfig":{"Links":null,"MemorySwappiness":-1,"OomKillDisable":false,\
            "BlkioWeight":0,"DeviceRequests":null,"Isolation":"","UsernsMode":"","ConsoleSize":[0,0],\
            "RestartPolicy":{"Name":"no","MaximumRetryCount":0},"LogConfig":{"Type":"","Config":{}},"VolumesFrom":[]}}
            """
        #expect(try Self.spec(request).process?.args == ["true"])
    }
}
