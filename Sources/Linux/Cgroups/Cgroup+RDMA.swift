import Support

/// Handles and objects of remote direct memory access (cgroup-v1/rdma; cgroup-v2 "RDMA").
public enum RDMAController: CgroupController {
    public static let name = "rdma"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        limits.rdma.map { .init("rdma", line($0)) }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        limits.rdma.map { .init("rdma.max", line($0), for: "rdma") }
    }

    /// `mlx4_0 hca_handle=2 hca_object=max`.
    private static func line(_ limit: CgroupLimits.RDMA) -> String {
        func text(_ n: UInt32?) -> String { n.map { "\($0)" } ?? "max" }
        return "\(limit.device) hca_handle=\(text(limit.handles)) hca_object=\(text(limit.objects))"
    }

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        for line in (folder.text("rdma.current") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let device = words.first else { continue }
            for word in words.dropFirst() {
                let pair = word.split(separator: "=")
                if pair.count == 2, let n = UInt64(pair[1]) {
                    stats.rdma[String(device), default: [:]][String(pair[0])] = n
                }
            }
        }
    }
}

/// Countable things that belong to no other controller, such as keys of encrypted machines (cgroup-v2
/// "Misc"). The specification has no field for it: `unified` does.
public enum MiscController: CgroupController {
    public static let name = "misc"

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        stats.misc = folder.table("misc.current")
    }
}
