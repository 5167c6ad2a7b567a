import OCI
import Support

/// What a container may do: capabilities, seccomp, no_new_privs, devices, shadowed paths.
package struct SecurityOptions: Sendable {
    package var privileged: Bool
    package var capabilities: [String]
    package var noNewPrivileges = false
    /// nil for unconfined.
    package var seccomp: RuntimeSpec.Seccomp?
    /// The default profile for these capabilities, so that its JSON can be kept.
    package var seccompIsDefault = true
    package var maskedPaths: [String]
    package var readonlyPaths: [String]
    package var devices: [DeviceRequest] = []

    /// `--device HOST[:CONTAINER[:rwm]]`.
    package struct DeviceRequest: Sendable, Equatable {
        package var host: String
        package var container: String
        package var access: String
    }

    package init(_ host: JSONObject) throws(EscaleError) {
        privileged = host.flag("Privileged")
        capabilities = try Capabilities.effective(
            add: host.list("CapAdd"), drop: host.list("CapDrop"), privileged: privileged)
        maskedPaths = privileged ? [] : Defaults.maskedPaths
        readonlyPaths = privileged ? [] : Defaults.readonlyPaths
        if let list = host["MaskedPaths"]?.array { maskedPaths = list.compactMap(\.string) }
        if let list = host["ReadonlyPaths"]?.array { readonlyPaths = list.compactMap(\.string) }
        seccomp = privileged ? nil : DefaultSeccomp.profile(capabilities: capabilities)
        for option in host.list("SecurityOpt") { try apply(option) }
        for item in host.items("Devices") { try add(device: item) }
    }

    private mutating func apply(_ option: String) throws(EscaleError) {
        // `key=value`, and the older `key:value`.
        let split = option.firstIndex { $0 == "=" || $0 == ":" }
        let key = split.map { String(option[..<$0]) } ?? option
        let value = split.map { String(option[option.index(after: $0)...]) } ?? ""
        switch key {
        case "no-new-privileges":
            guard ["", "true", "false"].contains(value) else { throw invalid(option) }
            noNewPrivileges = value != "false"
        case "seccomp":
            if value == "unconfined" {
                seccomp = nil
                seccompIsDefault = false
            } else if value != "builtin" {
                seccomp = try SeccompProfile.parse(value, capabilities: capabilities)
                seccompIsDefault = false
            }
        case "systempaths" where value == "unconfined":
            maskedPaths = []
            readonlyPaths = []
        case "apparmor" where value == "unconfined" || value.isEmpty, "label" where value == "disable":
            break  // neither is in use here
        default:
            throw EscaleError(
                .invalid, "invalid --security-opt 2: \"\(option)\" is not supported by this engine")
        }
    }

    private func invalid(_ option: String) -> EscaleError {
        EscaleError(.invalid, "invalid --security-opt 1: \"\(option)\"")
    }

    private mutating func add(device item: JSON) throws(EscaleError) {
        let host = item["PathOnHost"].string ?? ""
        let container = item["PathInContainer"].string.flatMap { $0.isEmpty ? nil : $0 } ?? host
        let access = item["CgroupPermissions"].string.flatMap { $0.isEmpty ? nil : $0 } ?? "rwm"
        guard host.hasPrefix("/"), container.hasPrefix("/") else {
            throw EscaleError(
                .invalid, "error gathering device information: \"\(host)\" is not an absolute path")
        }
        guard access.allSatisfy({ "rwm".contains($0) }) else {
            throw EscaleError(.invalid, "invalid device mode: \(access)")
        }
        devices.append(.init(host: host, container: container, access: access))
    }
}

/// Names of capabilities(7) as `--cap-add` and `--cap-drop` give them.
enum Capabilities {
    static func effective(add: [String], drop: [String], privileged: Bool) throws(EscaleError) -> [String] {
        let adds = try add.map { name throws(EscaleError) in try canonical(name) }
        let drops = try drop.map { name throws(EscaleError) in try canonical(name) }
        if privileged { return Defaults.allCapabilities }
        var result = adds.contains("ALL") ? Defaults.allCapabilities : Defaults.capabilities
        if drops.contains("ALL") { result = adds.contains("ALL") ? result : [] }
        for name in adds where name != "ALL" && !result.contains(name) { result.append(name) }
        let gone = Set(drops).subtracting(adds)
        return result.filter { !gone.contains($0) }
    }

    private static func canonical(_ name: String) throws(EscaleError) -> String {
        let upper = name.uppercased()
        if upper == "ALL" { return upper }
        let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
        guard Defaults.allCapabilities.contains(full) else {
            throw EscaleError(.invalid, "invalid capability: \"\(name)\"")
        }
        return full
    }
}
