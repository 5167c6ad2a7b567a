import Glibc
import Linux
import OCI
import Runtime
import Support

/// `features`: what this runtime can, as the specification's features.md has it: what was built in,
/// whether the host has it or not.
enum FeaturesVerb {
    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        guard words.isEmpty else {
            throw EscaleError(.invalid, "features: unexpected argument \"\(words[0])\"")
        }
        let json: JSON = [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(RuntimeSpec.version),
            "hooks": [
                "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"
            ],
            "mountOptions": JSON(MountOptions.names),
            "linux": [
                "namespaces": JSON(RuntimeSpec.Namespace.Kind.allCases.map(\.rawValue).sorted()),
                "capabilities": JSON(CapabilitySet.names.map { "CAP_\($0)" }),
                "cgroup": [
                    "v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": true
                ],
                "seccomp": [
                    "enabled": true, "actions": JSON(SeccompNames.actions),
                    "operators": JSON(SeccompNames.operators),
                    "knownFlags": JSON(SeccompNames.flags), "supportedFlags": JSON(SeccompNames.flags),
                    "archs": JSON(DefaultSeccomp.architectures())
                ],
                "apparmor": ["enabled": true], "selinux": ["enabled": true], "intelRdt": ["enabled": false],
                "mountExtensions": ["idmap": ["enabled": true]]
            ],
            "potentiallyUnsafeConfigAnnotations": [],
            "annotations": [
                "org.opencontainers.runc.checkpoint.enabled": "false",
                "com.escale.version": .string(VersionVerb.version)
            ]
        ]
        Output.out(json.text(pretty: true) + "\n")
        return 0
    }
}
