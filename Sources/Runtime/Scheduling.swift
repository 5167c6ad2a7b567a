import CLinux
import Glibc
import Linux
import OCI
import Support

/// How a container's program is scheduled, where the bundle says (config.md, "Scheduler" and
/// "IOPriority"; config-linux.md, "Personality").
package enum Scheduling {
    /// By sched(7); those that this kernel has a number for.
    package static let policies: [String: Int32] = [
        "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
        "SCHED_DEADLINE": 6
    ]
    package static let flags: [String: UInt64] = [
        "SCHED_FLAG_RESET_ON_FORK": 0x01, "SCHED_FLAG_RECLAIM": 0x02, "SCHED_FLAG_DL_OVERRUN": 0x04,
        "SCHED_FLAG_KEEP_POLICY": 0x08, "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20,
        "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40
    ]
    package static let classes: [String: Int32] = [
        "IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3
    ]
    package static let domains: [String: UInt] = ["LINUX": 0, "LINUX32": 8]

    /// Says what can't be, before anything is made.
    package static func check(_ process: RuntimeSpec.Process) throws(EscaleError) {
        if let asked = process.scheduler { try check(asked) }
        if let asked = process.ioPriority {
            guard classes[asked.class] != nil else {
                throw wrong("process.ioPriority.class", asked.class, "unknown class")
            }
            guard (0...7).contains(asked.priority) else {
                throw wrong("process.ioPriority.priority", "\(asked.priority)", "must be between 0 and 7")
            }
        }
        if let asked = process.execCPUAffinity {
            _ = try CPUList(asked.initial ?? "0", field: "process.execCPUAffinity.initial")
            _ = try CPUList(asked.final ?? "0", field: "process.execCPUAffinity.final")
        }
    }

    private static func check(_ asked: RuntimeSpec.Scheduler) throws(EscaleError) {
        guard policies[asked.policy] != nil else {
            throw wrong("process.scheduler.policy", asked.policy, "unknown policy")
        }
        for flag in asked.flags ?? [] where flags[flag] == nil {
            throw wrong("process.scheduler.flags", flag, "unknown flag")
        }
        let nice = asked.nice ?? 0
        guard (-20...19).contains(nice) else {
            throw wrong("process.scheduler.nice", "\(nice)", "must be between -20 and 19")
        }
        let priority = asked.priority ?? 0
        if priority != 0, asked.policy != "SCHED_FIFO", asked.policy != "SCHED_RR" {
            throw wrong(
                "process.scheduler.priority", "\(priority)", "only SCHED_FIFO and SCHED_RR have priorities")
        }
        let hasTimes = [asked.runtime, asked.deadline, asked.period].contains { ($0 ?? 0) != 0 }
        if hasTimes, asked.policy != "SCHED_DEADLINE" {
            throw wrong(
                "process.scheduler.policy", asked.policy,
                "runtime, deadline and period are SCHED_DEADLINE's only")
        }
    }

    private static func wrong(_ field: String, _ value: String, _ why: String) -> EscaleError {
        EscaleError(.invalid, "\(field): \"\(value)\": \(why)")
    }

    static func apply(_ asked: RuntimeSpec.Scheduler) throws(EscaleError) {
        let mask = (asked.flags ?? []).reduce(UInt64(0)) { $0 | (flags[$1] ?? 0) }
        try Sys.check(
            cl_sched_setattr(
                policies[asked.policy] ?? 0, mask, asked.nice ?? 0, UInt32(clamping: asked.priority ?? 0),
                asked.runtime ?? 0, asked.deadline ?? 0, asked.period ?? 0),
            "process.scheduler: sched_setattr", asked.policy)
    }

    static func apply(_ asked: RuntimeSpec.IOPriority) throws(EscaleError) {
        try Sys.check(
            cl_ioprio_set(classes[asked.class] ?? 0, Int32(clamping: asked.priority)),
            "process.ioPriority: ioprio_set", "\(asked.class) \(asked.priority)")
    }

    static func apply(_ asked: RuntimeSpec.Personality) throws(EscaleError) {
        try Sys.check(cl_personality(domains[asked.domain] ?? 0), "linux.personality", asked.domain)
    }

    /// On which CPUs the caller runs from now on; nil changes nothing.
    static func pin(_ list: String?, field: String, steps: Steps) throws(EscaleError) {
        guard let list, !list.isEmpty else { return }
        let words = try CPUList(list, field: field).words
        try steps.run("affinity", "sched_setaffinity", list) { () throws(EscaleError) in
            try Sys.check(cl_sched_setaffinity(words, words.count), "\(field): sched_setaffinity", list)
        }
    }
}

/// CPUs as `0-2,4` (cpuset(7), "List format").
package struct CPUList {
    /// A bit a CPU, 64 a word.
    package let words: [UInt64]

    package init(_ text: String, field: String) throws(EscaleError) {
        var words = [UInt64](repeating: 0, count: 16)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
                Int($0.filter { $0 != " " })
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0, first <= last,
                last < words.count * 64
            else {
                throw EscaleError(.invalid, "\(field): \"\(text)\": not a list of CPUs such as 0-2,4")
            }
            for cpu in first...last { words[cpu / 64] |= 1 << UInt64(cpu % 64) }
        }
        self.words = words
    }
}
