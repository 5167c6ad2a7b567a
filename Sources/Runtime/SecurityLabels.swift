import Glibc
import Linux
import OCI
import Support

/// AppArmor profiles and SELinux labels: put on where the kernel has them, refused where not. A program
/// that was to be confined and is not would be worse than none (runtime.md: "If the runtime cannot apply a
/// property as specified in the configuration, it MUST generate an error").
package enum SecurityLabels {
    static var hasAppArmor: Bool {
        (try? Files.text("/sys/module/apparmor/parameters/enabled"))?.hasPrefix("Y") == true
    }
    static var hasSELinux: Bool { Files.exists("/sys/fs/selinux/enforce") }

    package static func check(_ spec: RuntimeSpec) throws(EscaleError) {
        if let process = spec.process { try check(process) }
        if let label = spec.linux?.mountLabel, !label.isEmpty, !hasSELinux {
            throw EscaleError(
                .unavailable,
                "linux.mountLabel: \"\(label)\": SELinux is disabled or not supported here")
        }
    }

    package static func check(_ process: RuntimeSpec.Process) throws(EscaleError) {
        // `unconfined` is what everything is without AppArmor.
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined", !hasAppArmor {
            throw EscaleError(
                .unavailable,
                "process.apparmorProfile: \"\(profile)\": AppArmor is disabled or not supported on this host")
        }
        if let label = process.selinuxLabel, !label.isEmpty, !hasSELinux {
            throw EscaleError(
                .unavailable,
                "process.selinuxLabel: \"\(label)\": SELinux is disabled or not supported on this host")
        }
    }

    /// For the caller's next execve(2).
    static func apply(_ process: RuntimeSpec.Process, steps: Steps) throws(EscaleError) {
        if let profile = process.apparmorProfile, !profile.isEmpty, hasAppArmor {
            try steps.run("apparmor", "write", profile) { () throws(EscaleError) in
                // With several security modules each has a folder; the file above is the first one's.
                do throws(EscaleError) {
                    try ProcFile.write("self/attr/apparmor/exec", "exec \(profile)")
                } catch {
                    guard error.errno == ENOENT else { throw error }
                    try ProcFile.write("self/attr/exec", "exec \(profile)")
                }
            }
        }
        if let label = process.selinuxLabel, !label.isEmpty {
            try steps.run("selinux", "write", label) { () throws(EscaleError) in
                try ProcFile.write("self/attr/exec", label)
            }
        }
    }
}
