import Support

/// Disks: weights and throttles (cgroup-v1/blkio-controller; cgroup-v2 "IO"; block/bfq-iosched).
public enum BlockIOController: CgroupController {
    public static let name = "blkio"
    public static let unifiedName = "io"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        let fields: [CgroupField?] = [
            .init("blockIO.weight", above0: limits.ioWeight),
            .init("blockIO.leafWeight", above0: limits.ioLeafWeight)
        ]
        return fields.compactMap { $0 }
            + limits.ioDeviceWeights.map {
                .init("blockIO.weightDevice", "\($0.major):\($0.minor) \($0.weight)")
            }
            + limits.throttles.map { .init(field($0.kind), "\($0.major):\($0.minor) \($0.rate)") }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        var writes: [CgroupWrite] = []
        lazy var weights = WeightFile(folder)
        if let n = limits.ioWeight, n > 0 {
            try check(n, "blockIO.weight")
            writes.append(.init(weights.file, weights.value(n), for: "blockIO.weight"))
        }
        if let n = limits.ioLeafWeight, n > 0 {
            try check(n, "blockIO.leafWeight")
            // Only schedulers that are gone from the kernel had it.
            writes.append(.init("blkio.leaf_weight", n, for: "blockIO.leafWeight"))
        }
        for d in limits.ioDeviceWeights {
            try check(d.weight, "blockIO.weightDevice")
            writes.append(
                .init(
                    weights.deviceFile, "\(d.major):\(d.minor) \(weights.value(d.weight))",
                    for: "blockIO.weightDevice"))
        }
        for t in limits.throttles {
            let device = "\(t.major):\(t.minor)"
            writes.append(
                folder.version == .v1
                    ? .init("blkio.throttle.\(v1Name(t.kind))", "\(device) \(t.rate)", for: field(t.kind))
                    : .init("io.max", "\(device) \(v2Name(t.kind))=\(t.rate)", for: field(t.kind)))
        }
        return writes
    }

    private static func check(_ weight: UInt16, _ field: String) throws(EscaleError) {
        guard (10...1000).contains(weight) else {
            throw CgroupField(field, weight).refused(.invalid, "not in 10 to 1000")
        }
    }

    /// Which of the kernel's files takes a weight: the BFQ scheduler's, or a general one.
    private struct WeightFile {
        let file: String
        let deviceFile: String
        var isScaled = false

        init(_ folder: CgroupFolder) {
            if folder.version == .v1 {
                let prefix = folder.has("blkio.bfq.weight") ? "blkio.bfq" : "blkio"
                file = "\(prefix).weight"
                deviceFile = "\(prefix).weight_device"
            } else {
                file = folder.has("io.bfq.weight") ? "io.bfq.weight" : "io.weight"
                deviceFile = file
                isScaled = file == "io.weight"
            }
        }

        /// `io.weight` goes from 1 to 10000.
        func value(_ weight: UInt16) -> Int { isScaled ? 1 + (Int(weight) - 10) * 9999 / 990 : Int(weight) }
    }

    private static func field(_ kind: CgroupLimits.Throttle.Kind) -> String {
        switch kind {
        case .readBytes: "blockIO.throttleReadBpsDevice"
        case .writeBytes: "blockIO.throttleWriteBpsDevice"
        case .readOperations: "blockIO.throttleReadIOPSDevice"
        case .writeOperations: "blockIO.throttleWriteIOPSDevice"
        }
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

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        if folder.version == .v1 {
            stats.ioBytes = v1("blkio.throttle.io_service_bytes", folder)
            stats.ioOperations = v1("blkio.throttle.io_serviced", folder)
        } else {
            v2(folder.text("io.stat") ?? "", into: &stats)
        }
        func sum(_ operation: String) -> UInt64 {
            stats.ioBytes.reduce(0) { $1.operation == operation ? $0 &+ $1.value : $0 }
        }
        if folder.version == .v1 || folder.has("io.stat") {
            stats.readBytes = sum("Read")
            stats.writeBytes = sum("Write")
        }
    }

    /// `8:0 Read 4096` lines; of the cgroup and those below it where the kernel counts so.
    private static func v1(_ file: String, _ folder: CgroupFolder) -> [CgroupStats.IOCount] {
        (folder.text("\(file)_recursive") ?? folder.text(file) ?? "").split(separator: "\n").compactMap {
            line in
            let words = line.split(separator: " ")
            guard words.count == 3, let (major, minor) = device(words[0]), let value = UInt64(words[2]) else {
                return nil
            }
            return .init(major: major, minor: minor, operation: String(words[1]), value: value)
        }
    }

    /// `8:0 rbytes=4096 wbytes=0 rios=1 …` lines.
    private static func v2(_ text: String, into stats: inout CgroupStats) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let first = words.first, let (major, minor) = device(first) else { continue }
            for word in words.dropFirst() {
                let pair = word.split(separator: "=")
                guard pair.count == 2, let value = UInt64(pair[1]), let letter = pair[0].first,
                    let operation = ["r": "Read", "w": "Write", "d": "Discard"][letter]
                else { continue }
                let count = CgroupStats.IOCount(
                    major: major, minor: minor, operation: operation, value: value)
                switch pair[0].dropFirst() {
                case "bytes": stats.ioBytes.append(count)
                case "ios": stats.ioOperations.append(count)
                default: break
                }
            }
        }
    }

    private static func device(_ text: Substring) -> (UInt64, UInt64)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let major = UInt64(parts[0]), let minor = UInt64(parts[1]) else { return nil }
        return (major, minor)
    }
}
