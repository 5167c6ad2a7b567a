import Glibc
import Linux
import Support
import VM

/// Probes of the machine's hardware and of the terminal.
enum MachineProbes {
    /// What the launcher of machines found out, or finds out now: it boots a kernel, for four seconds
    /// at most, once for each boot of the host.
    static func kvm(kit: Kit, guest: Guest?) -> DoctorFacts.KVM {
        let fd = open("/dev/kvm", O_RDWR | O_CLOEXEC)
        if fd >= 0 {
            close(fd)
            guard let guest, let host = try? QEMUHost.find(kit: kit),
                let verdict = try? AccelProbe.verdict(kit: kit, guest: guest, host: host)
            else { return .opens }
            return .tried(works: verdict.accelerator == .kvm, reason: verdict.raison)
        }
        if errno == EACCES || errno == EPERM {
            var s = stat()
            let group = stat("/dev/kvm", &s) == 0 ? getgrgid(s.st_gid) : nil
            return .denied(group: group.map { String(cString: $0.pointee.gr_name) })
        }
        let processor = (try? Files.text("/proc/cpuinfo")) ?? ""
        let flags = processor.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        let words = flags.split(separator: " ")
        return .absent(processorCan: words.contains("vmx") || words.contains("svm"))
    }

    /// Bytes that we may use in the folder, or in the nearest one above that is there.
    static func diskFree(_ path: String) -> UInt64? {
        var s = statvfs()
        guard statvfs(KernelProbes.existing(path), &s) == 0 else { return nil }
        return UInt64(s.f_bavail) * UInt64(s.f_frsize)
    }

    /// Total and available bytes (proc(5), /proc/meminfo).
    static func memory() -> (total: UInt64, available: UInt64) {
        let text = (try? Files.text("/proc/meminfo")) ?? ""
        func value(_ key: String) -> UInt64 {
            for line in text.split(separator: "\n") where line.hasPrefix("\(key):") {
                return (UInt64(line.filter(\.isNumber)) ?? 0) << 10
            }
            return 0
        }
        return (value("MemTotal"), value("MemAvailable"))
    }

    static func terminal() -> DoctorFacts.Terminal {
        let isTerminal = isatty(1) == 1
        var size = winsize()
        let width = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return .init(
            isTerminal: isTerminal, isUTF8: isUTF8,
            hasColour: isTerminal && Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb"
                && Environment["TERM"] != nil, width: width)
    }

    /// As locale(7) says: the first of the three that is set decides.
    static var isUTF8: Bool {
        let locale = Environment["LC_ALL"] ?? Environment["LC_CTYPE"] ?? Environment["LANG"] ?? ""
        let upper = locale.uppercased()
        return upper.contains("UTF-8") || upper.contains("UTF8")
    }

    static var machine: String {
        var names = utsname()
        uname(&names)
        return withUnsafePointer(to: &names.machine) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
    }

    static var kernel: String {
        ((try? Files.text("/proc/sys/kernel/osrelease")) ?? "").filter { !$0.isWhitespace }
    }

    static var user: String {
        guard let entry = getpwuid(geteuid()) else { return "\(geteuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
