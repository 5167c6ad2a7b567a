import Linux
import Support

/// What may be mounted on or in a container's /proc: a mount there can stand in for what the kernel, and
/// this runtime, write to (CVE-2019-16884, CVE-2019-19921).
package enum ProcMounts {
    /// Files that tell about the machine: lxcfs and its like show the container's own figures there.
    private static let figures: Set<String> = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
        "/proc/loadavg", "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
        "/proc/sys/crypto/fips_enabled"
    ]

    /// - Parameter isProc: whether a proc file system is what is mounted.
    static func check(_ destination: String, onto target: borrowing FD, isProc: Bool) throws(EscaleError) {
        try check(destination, isProc: isProc)
        // By way of a symlink.
        let path = Path.clean(destination)
        guard target.fileSystem == .proc, path != "/proc", !figures.contains(path) else { return }
        throw refusal(path)
    }

    package static func check(_ destination: String, isProc: Bool) throws(EscaleError) {
        let path = Path.clean(destination)
        if path == "/proc" {
            if isProc { return }
            throw EscaleError(.invalid, "\"\(path)\" cannot be mounted because it is not of type proc")
        }
        guard path.hasPrefix("/proc/"), !figures.contains(path) else { return }
        throw refusal(path)
    }

    private static func refusal(_ path: String) -> EscaleError {
        EscaleError(.invalid, "\"\(path)\" cannot be mounted because it is inside /proc")
    }
}
