import Support

/// Huge pages, by their size (cgroup-v1/hugetlb; cgroup-v2 "HugeTLB").
public enum HugetlbController: CgroupController {
    public static let name = "hugetlb"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        limits.hugepages.map { .init("hugepageLimits", "\($0.size) \($0.limit)") }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        let end = folder.version == .v1 ? "limit_in_bytes" : "max"
        var writes: [CgroupWrite] = []
        for page in limits.hugepages {
            // The name becomes part of a file's.
            guard isSize(page.size) else {
                throw CgroupField("hugepageLimits", page.size).refused(
                    .invalid, "a page size is a number and KB, MB or GB")
            }
            writes.append(.init("hugetlb.\(page.size).\(end)", page.limit, for: "hugepageLimits"))
            // What a process reserves and does not touch yet would count nowhere.
            writes.append(
                .init("hugetlb.\(page.size).rsvd.\(end)", page.limit, for: "hugepageLimits", optional: true))
        }
        return writes
    }

    package static func isSize(_ text: String) -> Bool {
        ["KB", "MB", "GB"].contains { text.hasSuffix($0) } && text.utf8.count > 2
            && text.utf8.dropLast(2).allSatisfy { (48...57).contains($0) }
    }

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        let (usage, limit) = folder.version == .v1 ? ("usage_in_bytes", "limit_in_bytes") : ("current", "max")
        for file in (try? Files.list(folder.path)) ?? [] where file.hasPrefix("hugetlb.") {
            // hugetlb.2MB.current, and not hugetlb.2MB.rsvd.current.
            let parts = file.split(separator: ".")
            guard parts.count == 3, parts[2] == usage else { continue }
            let prefix = "hugetlb.\(parts[1])"
            var counter = CgroupStats.Counter()
            counter.usage = folder.number(file)
            counter.limit = folder.number("\(prefix).\(limit)")
            if folder.version == .v1 {
                counter.max = folder.number("\(prefix).max_usage_in_bytes")
                counter.failures = folder.number("\(prefix).failcnt")
            } else {
                counter.failures = folder.table("\(prefix).events")["max"]
            }
            stats.hugepages[String(parts[1])] = counter
        }
    }
}
