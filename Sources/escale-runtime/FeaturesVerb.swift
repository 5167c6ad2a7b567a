import Glibc
import Linux
import OCI
import Runtime
import Support

/// `features`: what this runtime can, as the specification's features.md has it.
enum FeaturesVerb {
    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        guard words.isEmpty else {
            throw EscaleError(.invalid, "features: unexpected argument \"\(words[0])\"")
        }
        let host = try CgroupHost.detect()
        let json: JSON = [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(RuntimeSpec.version),
            "hooks": [
                "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"
            ],
            "mountOptions": JSON(MountOptions.names),
            "linux": [
                "namespaces": JSON(
                    RuntimeSpec.Namespace.Kind.allCases.filter { $0 != .time }.map(\.rawValue)),
                "capabilities": JSON(CapabilitySet.names.map { "CAP_\($0)" }),
                "cgroup": [
                    "v1": .bool(host.mode == .v1 || host.mode == .hybrid),
                    "v2": .bool(host.mode == .v2 || host.mode == .hybrid), "systemd": false,
                    "systemdUser": false
                ],
                "seccomp": [
                    "enabled": true, "actions": JSON(SeccompFilter.actions),
                    "operators": JSON(SeccompFilter.operators), "archs": JSON(DefaultSeccomp.architectures())
                ],
                "apparmor": ["enabled": false], "selinux": ["enabled": false]
            ],
            "annotations": ["com.escale.version": .string(VersionVerb.version)]
        ]
        Output.out(json.text(pretty: true) + "\n")
        return 0
    }
}
