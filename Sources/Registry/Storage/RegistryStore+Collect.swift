import CLinux
import Glibc
import Linux
import OCI
import Support

/// What garbage collection took away.
package struct RegistryCollected: Sendable, Equatable {
    /// Manifests without a tag, where these are to go.
    package var manifests = 0
    /// Blobs that no manifest of their repository needs.
    package var unlinked = 0
    /// Blobs that no repository has any more, and the bytes they took.
    package var blobs = 0
    package var bytes: Int64 = 0
    /// Uploads that nobody went on with.
    package var uploads = 0
    package init() {}
}

extension RegistryStore {
    /// Removes what nobody needs, while the registry serves: in each repository the blobs that no manifest
    /// refers to, then the blobs that no repository has, and abandoned uploads.
    /// - Parameters:
    ///   - grace: seconds that a blob may wait for its manifest.
    ///   - untagged: also the manifests that have no tag, are in no index and refer to no manifest that
    ///     stays.
    ///   - uploadAge: seconds after which an upload counts as abandoned.
    package func collect(grace: Int64, untagged: Bool, uploadAge: Int64) throws(RegistryError)
        -> RegistryCollected
    {
        var result = RegistryCollected()
        for name in try places() {
            result.uploads += try removeAbandoned(name, age: uploadAge)
            if untagged { result.manifests += try removeUntagged(name, grace: grace) }
            result.unlinked += try unlinkUnneeded(name, grace: grace)
        }
        let (blobs, bytes) = try removeUnowned()
        result.blobs = blobs
        result.bytes = bytes
        return result
    }

    /// Removes the uploads of all repositories that nobody has written to for `age` seconds.
    package func removeAbandoned(age: Int64) throws(RegistryError) -> Int {
        var count = 0
        for name in try places() { count += try removeAbandoned(name, age: age) }
        return count
    }

    private func removeAbandoned(_ name: RepositoryName, age: Int64) throws(RegistryError) -> Int {
        let folder = "\(folder(name))/_uploads"
        var count = 0
        for file in (try? Files.list(folder)) ?? [] {
            let path = "\(folder)/\(file)"
            var s = stat()
            guard stat(path, &s) == 0, Timestamp.now.seconds - Int64(s.st_mtim.tv_sec) >= age,
                let fd = try? Sys.open(path, O_RDWR), cl_flock(fd.raw, LOCK_EX | LOCK_NB) == 0
            else { continue }
            if unlink(path) == 0 { count += 1 }
            if let id = UploadID(file) { hashes.forget(id) }
        }
        return count
    }

    /// Manifests to keep: tagged ones, what is in an index that is kept, and what refers to a kept one.
    private func removeUntagged(_ name: RepositoryName, grace: Int64) throws(RegistryError) -> Int {
        guard let snapshot = try snapshot(name) else { return 0 }
        var keep = Set(snapshot.index.manifests.filter { RepositoryIndex.tag($0) != nil }.map(\.digest))
        for entry in snapshot.all where age(blob(name, entry.digest)) < grace { keep.insert(entry.digest) }
        var waiting = Array(keep)
        while let digest = waiting.popLast() {
            guard let entry = snapshot.manifest(.digest(digest)) else { continue }
            let facts = try ManifestFacts(try content(name, digest), contentType: entry.mediaType)
            for next in facts.children + snapshot.referrers(of: digest).map(\.digest)
            where keep.insert(next).inserted {
                waiting.append(next)
            }
        }
        let gone = snapshot.all.map(\.digest).filter { !keep.contains($0) }
        for digest in gone {
            // Tagged by someone a moment ago: it stays.
            try edit(name) { (index) throws(RegistryError) in
                index.removeUntagged(digest)
            } then: { removed in
                if removed { unlink(blob(name, digest)) }
            }
        }
        return gone.count
    }

    private func unlinkUnneeded(_ name: RepositoryName, grace: Int64) throws(RegistryError) -> Int {
        // No manifest is pushed here meanwhile: those that come later find out what is missing.
        let lock = try repositoryLock(name)
        defer { _ = lock }
        var needed: Set<Digest> = []
        if let snapshot = try snapshot(name) {
            for entry in snapshot.all {
                needed.insert(entry.digest)
                let facts = try ManifestFacts(
                    try content(name, entry.digest), contentType: entry.mediaType)
                needed.formUnion(facts.blobs)
            }
        }
        var count = 0
        for digest in try digests(in: "\(layout(name))/blobs") where !needed.contains(digest) {
            let path = blob(name, digest)
            if age(path) >= grace, unlink(path) == 0 { count += 1 }
        }
        return count
    }

    /// Blobs of the pool whose last link is the pool's own.
    private func removeUnowned() throws(RegistryError) -> (Int, Int64) {
        let lock = try poolLock(exclusive: true)
        defer { _ = lock }
        var count = 0
        var bytes: Int64 = 0
        for digest in try digests(in: "\(root)/blobs") {
            var s = stat()
            let path = pooled(digest)
            guard stat(path, &s) == 0, s.st_nlink == 1, unlink(path) == 0 else { continue }
            count += 1
            bytes += Int64(s.st_size)
        }
        return (count, bytes)
    }

    /// Digests of the blobs in a layout's folder `blobs`.
    func digests(in folder: String) throws(RegistryError) -> [Digest] {
        var found: [Digest] = []
        for algorithm in ["sha256", "sha512"] {
            for file in (try? Files.list("\(folder)/\(algorithm)")) ?? [] {
                if let digest = try? Digest("\(algorithm):\(file)") { found.append(digest) }
            }
        }
        return found
    }

    /// Seconds since a blob was last linked anywhere (the inode's change time); 0 where there is none.
    private func age(_ path: String) -> Int64 {
        var s = stat()
        guard stat(path, &s) == 0 else { return 0 }
        return Timestamp.now.seconds - Int64(s.st_ctim.tv_sec)
    }
}

/// What a repository takes on disk.
package struct RepositoryUsage: Sendable, Equatable {
    package let name: RepositoryName
    package let tags: [String]
    package let manifests: Int
    /// Bytes of its blobs, each once; and those that no other repository has.
    package let bytes: Int64
    package let own: Int64
}

extension RegistryStore {
    package func usage(_ name: RepositoryName) throws(RegistryError) -> RepositoryUsage {
        guard let snapshot = try snapshot(name) else { throw Self.unknown(name) }
        let bytes = try bytes(in: "\(layout(name))/blobs")
        var own: Int64 = 0
        for digest in try digests(in: "\(layout(name))/blobs") {
            var s = stat()
            if stat(blob(name, digest), &s) == 0, s.st_nlink <= 2 { own += Int64(s.st_size) }
        }
        return RepositoryUsage(
            name: name, tags: snapshot.tags, manifests: snapshot.all.count, bytes: bytes, own: own)
    }

    /// Bytes of the blobs in a layout's folder `blobs`.
    func bytes(in folder: String) throws(RegistryError) -> Int64 {
        try digests(in: folder).reduce(0) { sum, digest in
            var s = stat()
            return sum + (stat("\(folder)/\(digest.algorithm)/\(digest.hex)", &s) == 0 ? Int64(s.st_size) : 0)
        }
    }

    /// Reads every blob and manifest and compares with its digest.
    /// - Returns: what is not as it should be, in words; empty where all is well.
    package func verify() throws(RegistryError) -> [String] {
        var problems: [String] = []
        for digest in try digests(in: "\(root)/blobs") {
            guard let fd = try? Sys.open(pooled(digest), O_RDONLY) else { continue }
            if try Self.hash(fd.raw, digest.algorithm) != digest.hex {
                problems.append("blob \(digest): content does not match its digest")
            }
        }
        for name in try repositories() {
            guard let snapshot = try snapshot(name) else { continue }
            for entry in snapshot.all {
                do throws(RegistryError) {
                    let facts = try ManifestFacts(
                        try content(name, entry.digest), contentType: entry.mediaType)
                    for digest in facts.blobs where !has(name, digest) {
                        problems.append("\(name): manifest \(entry.digest): no blob \(digest)")
                    }
                } catch {
                    problems.append("\(name): manifest \(entry.digest): \(error.message)")
                }
            }
        }
        return problems
    }

    /// Removes a whole repository; its blobs go with the next collection. Throws `NAME_UNKNOWN`.
    package func removeRepository(_ name: RepositoryName) throws(RegistryError) {
        guard try snapshot(name) != nil else { throw Self.unknown(name) }
        let lock = try repositoryLock(name)
        defer { _ = lock }
        // Without its index it is none any more.
        unlink("\(layout(name))/index.json")
        for part in ["_oci", "_uploads"] {
            try io { () throws(EscaleError) in try Files.removeTree("\(folder(name))/\(part)") }
        }
    }
}

extension RegistryStore {
    /// Removes `REPOSITORY`, `REPOSITORY:TAG` or `REPOSITORY@DIGEST`.
    package func remove(_ text: String) throws(RegistryError) {
        let at = text.lastIndex { $0 == "@" } ?? text.lastIndex { $0 == ":" }
        let repository = at.map { text[..<$0] } ?? text[...]
        guard let name = RepositoryName(repository) else {
            throw RegistryError(.nameInvalid, "invalid repository name: \(repository)")
        }
        guard let at else {
            try removeRepository(name)
            return
        }
        let rest = text[text.index(after: at)...]
        if text[at] == "@" {
            try removeManifest(name, .digest(try Endpoint.digest(rest)))
        } else if let tag = TagName(rest) {
            try removeManifest(name, .tag(tag))
        } else {
            throw RegistryError(.manifestInvalid, "invalid tag: \(rest)")
        }
    }
}
