import OCI
import Support

/// Docker's format of seccomp profiles (docs.docker.com, "Seccomp security profiles for Docker"), which
/// is the specification's plus conditions on architectures and capabilities.
package enum SeccompProfile {
    package static func parse(_ text: String, capabilities: [String]) throws(EscaleError)
        -> RuntimeSpec.Seccomp
    {
        let json: JSON
        do { json = try JSON.parse(text) } catch { throw error.within("Decoding seccomp profile failed") }
        guard let action = json["defaultAction"].string else {
            throw EscaleError(.invalid, "Decoding seccomp profile failed: no defaultAction")
        }
        let machine = DefaultSeccomp.machine == "x86_64" ? "amd64" : "arm64"
        let architectures =
            json["architectures"].array?.compactMap(\.string) ?? mapped(json["archMap"])
            ?? DefaultSeccomp.architectures()
        var profile = RuntimeSpec.Seccomp(
            defaultAction: action,
            defaultErrnoRet: json["defaultErrnoRet"].int.flatMap { UInt32(exactly: $0) },
            architectures: architectures, flags: json["flags"].array?.compactMap(\.string))
        var rules: [RuntimeSpec.SyscallRule] = []
        for item in json["syscalls"].array ?? [] {
            guard applies(item, machine: machine, capabilities: capabilities) else { continue }
            rules.append(try rule(item))
        }
        profile.syscalls = rules
        return profile
    }

    /// The host's own architecture with those that it runs as well, where the profile lists it.
    private static func mapped(_ map: JSON) -> [String]? {
        let own = DefaultSeccomp.architectures().first
        guard let entry = map.array?.first(where: { $0["architecture"].string == own }), let own else {
            return nil
        }
        return [own] + (entry["subArchitectures"].array ?? []).compactMap(\.string)
    }

    private static func applies(_ item: JSON, machine: String, capabilities: [String]) -> Bool {
        func names(_ key: String, _ member: String) -> [String]? {
            item[key][member].array?.compactMap(\.string)
        }
        if let arches = names("includes", "arches"), !arches.isEmpty, !arches.contains(machine) {
            return false
        }
        if let arches = names("excludes", "arches"), arches.contains(machine) { return false }
        if let caps = names("includes", "caps"), !caps.allSatisfy(capabilities.contains) { return false }
        if let caps = names("excludes", "caps"), caps.contains(where: capabilities.contains) { return false }
        for (key, wanted) in [("includes", true), ("excludes", false)] {
            if let least = item[key]["minKernel"].string,
                DefaultSeccomp.isKernel(DefaultSeccomp.kernel, atLeast: least) != wanted
            {
                return false
            }
        }
        return true
    }

    private static func rule(_ item: JSON) throws(EscaleError) -> RuntimeSpec.SyscallRule {
        let names = item["names"].array?.compactMap(\.string) ?? [item["name"].string].compactMap { $0 }
        guard let action = item["action"].string, !names.isEmpty else {
            throw EscaleError(.invalid, "Decoding seccomp profile failed: a rule without names or action")
        }
        let arguments = try (item["args"].array ?? []).map { arg throws(EscaleError) in
            try arg.read(RuntimeSpec.SyscallArgument.self)
        }
        return .init(
            names, action, errnoRet: item["errnoRet"].int.flatMap { UInt32(exactly: $0) },
            args: arguments.isEmpty ? nil : arguments)
    }
}
