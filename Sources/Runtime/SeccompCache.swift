import CSeccomp
import Linux
import OCI
import Support

/// Compiled seccomp programs, a file each: the whole profile that it is for, then the program. The
/// profile is compared byte by byte, so a file is never taken for another's.
public struct SeccompCache: Sendable {
    let folder: String

    /// In the folder of states, which only its owner can write to. The name is no container's.
    public init(stateRoot: String) { folder = "\(stateRoot)/.seccomp" }

    /// All of a profile that its program depends on, and the version of libseccomp.
    static func key(_ profile: RuntimeSpec.Seccomp) -> [UInt8] {
        var out: [UInt8] = []
        func add(_ text: String) {
            out.append(contentsOf: text.utf8)
            out.append(0)
        }
        if let version = seccomp_version()?.pointee {
            add("\(version.major).\(version.minor).\(version.micro)")
        }
        add(profile.defaultAction)
        add("\(profile.defaultErrnoRet ?? 1)")
        for name in profile.architectures ?? [] { add(name) }
        for rule in profile.syscalls ?? [] {
            add("\n")
            for name in rule.names { add(name) }
            add("=\(rule.action) \(rule.errnoRet ?? 1)")
            for a in rule.args ?? [] { add("?\(a.index) \(a.op) \(a.value) \(a.valueTwo ?? 0)") }
        }
        return out
    }

    private func file(_ key: [UInt8]) -> String {
        // FNV-1a, 64 bits: only a name.
        let hash = key.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\(folder)/\(String(hash, radix: 16))"
    }

    func find(_ key: [UInt8]) -> [UInt8]? {
        guard let all = try? Files.read(file(key)), all.count > key.count, all.starts(with: key) else {
            return nil
        }
        let program = Array(all[key.count...])
        return program.count % 8 == 0 ? program : nil
    }

    /// Whether it can be kept or not is of no matter to the container.
    func keep(_ key: [UInt8], _ program: [UInt8]) {
        try? Files.makeDirectory(folder, mode: 0o700)
        try? Files.replace(file(key), key + program, mode: 0o600)
    }
}

extension SeccompFilter {
    /// That of a bundle, nil where it has none.
    static func of(_ spec: RuntimeSpec, stateRoot: String, _ steps: Steps) throws(EscaleError)
        -> SeccompFilter?
    {
        guard let profile = spec.linux?.seccomp else { return nil }
        return try steps.run("seccomp.compile", "", "\(profile.syscalls?.count ?? 0) rules") {
            () throws(EscaleError) -> SeccompFilter in
            try SeccompFilter(profile, cache: SeccompCache(stateRoot: stateRoot))
        }
    }
}
