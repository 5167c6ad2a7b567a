import Archive
import Glibc
import Linux
import OCI
import Support

/// What a step made, under the key of all that it was made from.
package struct CacheRecord: Codable, Sendable, Equatable {
    package var version = 1
    package var key: String
    /// `RUN make`
    package var text: String
    /// Nil where nothing had to be made, or `sameAs` says more.
    package var diffID: Digest?
    /// Another key that this one leads to: it was made of what is known without the files.
    package var sameAs: String?
    /// Content of the layer's files.
    package var bytes: Int64 = 0
    /// RFC 3339: when the step was done.
    package var created: String = ""
    /// How long it took.
    package var milliseconds: Double = 0
    /// The compressed layer, once an image needed it.
    package var blob: Descriptor?
}

/// The records of all builds of a kit: `ROOT/build/cache`, a file a key. A file is there whole or not at
/// all; a layer that has gone makes its record worthless, not wrong.
package struct BuildCache: Sendable {
    package let folder: String

    package init(kit: Kit) { folder = "\(kit.root)/build/cache" }

    private func path(_ key: String) -> String { "\(folder)/\(key).json" }

    package func find(_ key: String) -> CacheRecord? {
        guard let bytes = try? Files.read(path(key), limit: 1 << 20),
            let record = try? JSON.parse(bytes).decode(CacheRecord.self), record.version == 1
        else { return nil }
        return record
    }

    /// Remembers that the record was of use: `prune` takes the others first.
    package func touch(_ key: String) { utimensat(AT_FDCWD, path(key), nil, 0) }

    package func store(_ record: CacheRecord) throws(EscaleError) {
        try Files.makeDirectory(folder, mode: 0o700)
        try Files.replace(path(record.key), try JSON.encode(record).bytes(), mode: 0o600)
    }

    package func remove(_ key: String) { unlink(path(key)) }

    /// All records, the least recently used first, with seconds since 1970 of their last use.
    package func all() -> [(record: CacheRecord, used: Int64)] {
        let names = (try? Files.list(folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.compactMap { name in
            var s = stat()
            guard let record = find(String(name.dropLast(5))), stat("\(folder)/\(name)", &s) == 0 else {
                return nil
            }
            return (record, Int64(s.st_mtim.tv_sec))
        }.sorted { $0.used < $1.used }
    }
}

/// What a step depends on, part by part: their digest is its key, and their differences say why a step was
/// done again.
package struct CacheKey: Sendable, Equatable {
    /// Name and value, in a fixed order.
    package private(set) var parts: [(name: String, value: String)] = []

    package init(_ kind: String) { add("kind", kind) }

    /// What depends on the same, and more.
    package init(_ kind: String, _ other: CacheKey) {
        self.init(kind)
        parts += other.parts
    }

    package mutating func add(_ name: String, _ value: String) { parts.append((name, value)) }

    package var text: String {
        var hash = SHA256()
        for (name, value) in parts {
            // Lengths keep the parts apart, whatever they hold.
            hash.add("\(name.utf8.count) \(value.utf8.count) \(name)\(value)")
        }
        return hash.hex
    }

    package static func == (a: CacheKey, b: CacheKey) -> Bool {
        a.parts.count == b.parts.count && zip(a.parts, b.parts).allSatisfy { $0 == $1 }
    }

    package var json: JSON {
        .object(JSONObject(parts.map { ($0.name, .string($0.value)) }))
    }
}

extension CacheKey {
    /// What layers are, whatever they came from.
    package static func chain(_ layers: [Digest]) -> String {
        var hash = SHA256()
        for layer in layers { hash.add("\(layer)\n") }
        return hash.hex
    }
}
