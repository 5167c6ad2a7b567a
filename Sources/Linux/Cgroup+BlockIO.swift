import Support

/// Disks: weights and throttles (cgroup-v1/blkio-controller; cgroup-v2 "IO").
public enum BlockIOController: CgroupController {
    public static let name = "blkio"
    public static let unifiedName = "io"

    public static func isNeeded(by limits: CgroupLimits) -> Bool {
        (limits.ioWeight ?? 0) > 0 || !limits.throttles.isEmpty
    }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        var writes: [CgroupWrite] = []
        if let weight = limits.ioWeight, weight > 0 {
            writes.append(
                version == .v1
                    ? .init("blkio.bfq.weight", weight, optional: true)
                    : .init("io.bfq.weight", weight, optional: true))
        }
        for t in limits.throttles {
            let device = "\(t.major):\(t.minor)"
            if version == .v1 {
                writes.append(.init("blkio.throttle.\(v1Name(t.kind))", "\(device) \(t.rate)"))
            } else {
                writes.append(.init("io.max", "\(device) \(v2Name(t.kind))=\(t.rate)"))
            }
        }
        return writes
    }

    private static func v1Name(_ kind: CgroupLimits.Throttle.Kind) -> String {
        switch kind {
        case .readBytes: "read_bps_device"
        case .writeBytes: "write_bps_device"
        case .readOperations: "read_iops_device"
        case .writeOperations: "write_iops_device"
        }
    }

    private static func v2Name(_ kind: CgroupLimits.Throttle.Kind) -> String {
        switch kind {
        case .readBytes: "rbps"
        case .writeBytes: "wbps"
        case .readOperations: "riops"
        case .writeOperations: "wiops"
        }
    }

    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {
        var read: UInt64 = 0
        var written: UInt64 = 0
        let file = version == .v1 ? "blkio.throttle.io_service_bytes" : "io.stat"
        guard let text = folder.text(file) else { return }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if version == .v1, words.count == 3, let n = UInt64(words[2]) {
                if words[1] == "Read" { read += n }
                if words[1] == "Write" { written += n }
            } else {
                for word in words {
                    if word.hasPrefix("rbytes="), let n = UInt64(word.dropFirst(7)) { read += n }
                    if word.hasPrefix("wbytes="), let n = UInt64(word.dropFirst(7)) { written += n }
                }
            }
        }
        stats.readBytes = read
        stats.writeBytes = written
    }
}
