import Linux
import OCI
import Support

extension SpecCheck {
    static func check(_ linux: RuntimeSpec.Linux) throws(EscaleError) {
        if let path = linux.cgroupsPath, Path.clean(path.hasPrefix("/") ? path : "/" + path) == "/" {
            throw wrong("linux.cgroupsPath", path, "is the cgroup of the whole host")
        }
        try checkNamespaces(linux)
        try checkMaps(linux)
        try checkTime(linux)
        for (i, device) in (linux.devices ?? []).enumerated() {
            let field = "linux.devices[\(i)]"
            guard device.path.hasPrefix("/") else {
                throw wrong("\(field).path", device.path, "must be an absolute path")
            }
            guard ["c", "u", "b", "p"].contains(device.type) else {
                throw wrong("\(field).type", device.type, "unknown type of \(device.path): not c, u, b or p")
            }
            if device.type != "p", device.major == nil || device.minor == nil {
                throw EscaleError(
                    .invalid,
                    "\(field).\(device.major == nil ? "major" : "minor"): missing: \(device.path) is no FIFO")
            }
        }
        let propagations = [
            "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable", ""
        ]
        if let asked = linux.rootfsPropagation, !propagations.contains(asked) {
            throw wrong(
                "linux.rootfsPropagation", asked, "must be one of shared, slave, private, unbindable")
        }
        for (field, paths) in [("maskedPaths", linux.maskedPaths), ("readonlyPaths", linux.readonlyPaths)] {
            for (i, path) in (paths ?? []).enumerated() where !path.hasPrefix("/") {
                throw wrong("linux.\(field)[\(i)]", path, "must be an absolute path")
            }
        }
        if let asked = linux.personality {
            guard Scheduling.domains[asked.domain] != nil else {
                throw wrong("linux.personality.domain", asked.domain, "must be LINUX or LINUX32")
            }
            if let flag = asked.flags?.first {
                throw wrong("linux.personality.flags", flag, "no flags are supported")
            }
        }
        if linux.intelRdt != nil {
            throw EscaleError(.unavailable, "linux.intelRdt: not supported")
        }
    }

    private static func checkNamespaces(_ linux: RuntimeSpec.Linux) throws(EscaleError) {
        var seen = Set<RuntimeSpec.Namespace.Kind>()
        for (i, namespace) in (linux.namespaces ?? []).enumerated() {
            guard seen.insert(namespace.type).inserted else {
                throw wrong(
                    "linux.namespaces[\(i)].type", namespace.type.rawValue, "duplicated ns: is there twice")
            }
            if let path = namespace.path, !path.isEmpty, !path.hasPrefix("/") {
                throw wrong("linux.namespaces[\(i)].path", path, "must be an absolute path")
            }
        }
    }

    /// The maps of a new user namespace (user_namespaces(7)): it has nobody in it without.
    private static func checkMaps(_ linux: RuntimeSpec.Linux) throws(EscaleError) {
        let user = (linux.namespaces ?? []).first { $0.type == .user }
        let isNew = user.map { ($0.path ?? "").isEmpty } ?? false
        for (field, maps) in [("uidMappings", linux.uidMappings), ("gidMappings", linux.gidMappings)] {
            let maps = maps ?? []
            if isNew, maps.isEmpty {
                throw EscaleError(
                    .invalid, "linux.\(field): missing: a new user namespace needs at least one id")
            }
            if user == nil, !maps.isEmpty {
                throw EscaleError(
                    .invalid, "linux.\(field): given, but linux.namespaces has no user namespace")
            }
            for (i, map) in maps.enumerated() {
                let ends = [map.containerID, map.hostID].map { UInt64($0) + UInt64(map.size) }
                guard map.size > 0, ends.allSatisfy({ $0 <= 1 << 32 }) else {
                    throw wrong(
                        "linux.\(field)[\(i)].size", "\(map.size)", "must be positive, and end below 2^32")
                }
            }
        }
    }

    private static func checkTime(_ linux: RuntimeSpec.Linux) throws(EscaleError) {
        guard let offsets = linux.timeOffsets, !offsets.isEmpty else { return }
        guard (linux.namespaces ?? []).contains(where: { $0.type == .time && ($0.path ?? "").isEmpty })
        else {
            throw EscaleError(
                .invalid, "linux.timeOffsets: given, but linux.namespaces has no new time namespace")
        }
        for (clock, offset) in offsets {
            guard clock == "monotonic" || clock == "boottime" else {
                throw wrong("linux.timeOffsets", clock, "unknown clock: monotonic or boottime")
            }
            if let nanoseconds = offset.nanosecs, nanoseconds > 999_999_999 {
                throw wrong(
                    "linux.timeOffsets.\(clock).nanosecs", "\(nanoseconds)", "must be below 1000000000")
            }
        }
    }
}
