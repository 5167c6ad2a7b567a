import Engine
import Linux
import OCI
import Support

extension Builder {
    /// Removes records, and with them layers that no image has; the least recently used first.
    /// - Parameters:
    ///   - all: also of layers that images have.
    ///   - keeping: bytes that may stay.
    package func prune(all: Bool, keeping: Int64, _ filters: Filters) throws(EscaleError) -> JSON {
        let records = cache.all()
        let used = Set<Digest?>(try store.list().flatMap(\.diffIDs))
        var total = records.reduce(0) { $0 + $1.record.bytes }
        var removed: [String] = []
        var released = Set<Digest>()
        for (record, lastUse) in records {
            if keeping > 0, total <= keeping { break }
            guard all || !(used.contains(record.diffID) || isWorth(record)),
                filters["id"].isEmpty || filters["id"].contains(where: { record.key.hasPrefix($0) }),
                try filters.allowsUntil(Timestamp(nanoseconds: lastUse * 1_000_000_000).rfc3339)
            else { continue }
            cache.remove(record.key)
            if let diffID = record.diffID { released.insert(diffID) }
            total -= record.bytes
            removed.append(record.key)
        }
        let kept = Set(cache.all().compactMap(\.record.diffID))
        for layer in released where !kept.contains(layer) { store.release(layer) }
        let collected = try store.collectGarbage()
        if all {
            for folder in [mounts.folder, WebFiles.folder(kit)] { try? Files.removeTree(folder) }
        }
        return ["CachesDeleted": JSON(removed), "SpaceReclaimed": .int(collected.bytes)]
    }
    /// Whether a record without a layer still leads to one.
    private func isWorth(_ record: CacheRecord) -> Bool {
        guard record.diffID == nil else { return false }
        return record.sameAs.map { cache.find($0) != nil } ?? true
    }
}
