import OCI
import Support

/// A repository's `index.json` being changed: its manifests, each with a tag or without.
package struct RepositoryIndex {
    package private(set) var image: ImageIndex

    /// Names the manifest that this one is about (`subject`), so that referrers are found without reading
    /// every manifest.
    static let subjectKey = "fr.escale.registry.subject"

    package init(_ image: ImageIndex) { self.image = image }

    func contains(_ digest: Digest) -> Bool { image.manifests.contains { $0.digest == digest } }

    /// Adds a manifest; each tag moves to it from the manifest that had it, which stays.
    package mutating func add(_ manifest: Descriptor, subject: Digest?, tags: [TagName]) {
        var plain = manifest
        plain.annotations = subject.map { [Self.subjectKey: $0.description] }
        // Its type may be another than when it was pushed first.
        for i in image.manifests.indices where image.manifests[i].digest == manifest.digest {
            image.manifests[i].mediaType = manifest.mediaType
        }
        for tag in tags {
            remove(tag)
            var entry = plain
            entry.annotations = (plain.annotations ?? [:]).merging([Annotation.refName: tag.text]) { $1 }
            image.manifests.removeAll { $0.digest == manifest.digest && Self.tag($0) == nil }
            image.manifests.append(entry)
        }
        if !contains(manifest.digest) { image.manifests.append(plain) }
        sort()
    }

    /// Takes a tag away; false where there is none. Its manifest stays, untagged where it was the last.
    @discardableResult
    package mutating func remove(_ tag: TagName) -> Bool {
        guard let i = image.manifests.firstIndex(where: { Self.tag($0) == tag.text }) else { return false }
        var entry = image.manifests.remove(at: i)
        if !contains(entry.digest) {
            entry.annotations?[Annotation.refName] = nil
            if entry.annotations?.isEmpty == true { entry.annotations = nil }
            image.manifests.append(entry)
            sort()
        }
        return true
    }

    /// Takes a manifest away, with all its tags; false where it is not there.
    @discardableResult
    package mutating func remove(_ digest: Digest) -> Bool {
        let before = image.manifests.count
        image.manifests.removeAll { $0.digest == digest }
        return image.manifests.count != before
    }

    /// Takes a manifest away if it has no tag; false where it has one or is not there.
    mutating func removeUntagged(_ digest: Digest) -> Bool {
        guard !image.manifests.contains(where: { $0.digest == digest && Self.tag($0) != nil }) else {
            return false
        }
        return remove(digest)
    }

    static func tag(_ entry: Descriptor) -> String? { entry.annotations?[Annotation.refName] }

    /// By tag, then digest: the file does not depend on the order of what was done.
    private mutating func sort() {
        func key(_ d: Descriptor) -> String { (Self.tag(d) ?? "~") + " \(d.digest)" }
        image.manifests.sort { key($0) < key($1) }
    }
}

/// A repository as its index says, ready to be asked.
package final class Snapshot: Sendable {
    let stamp: FileStamp
    package let index: ImageIndex
    /// Sorted by their bytes.
    package let tags: [String]
    private let tagged: [String: Descriptor]
    private let manifests: [Digest: Descriptor]
    private let referrers: [String: [Descriptor]]

    init(_ stamp: FileStamp, _ index: ImageIndex) {
        self.stamp = stamp
        self.index = index
        var tagged: [String: Descriptor] = [:]
        var manifests: [Digest: Descriptor] = [:]
        var referrers: [String: [Descriptor]] = [:]
        for entry in index.manifests {
            if let tag = RepositoryIndex.tag(entry) { tagged[tag] = entry }
            if manifests.updateValue(entry, forKey: entry.digest) == nil,
                let subject = entry.annotations?[RepositoryIndex.subjectKey]
            {
                referrers[subject, default: []].append(entry)
            }
        }
        self.tagged = tagged
        self.manifests = manifests
        self.referrers = referrers
        tags = tagged.keys.sorted()
    }

    package func manifest(_ reference: ManifestReference) -> Descriptor? {
        switch reference {
        case .tag(let tag): tagged[tag.text]
        case .digest(let digest): manifests[digest]
        }
    }

    /// Manifests whose subject is `digest`.
    package func referrers(of digest: Digest) -> [Descriptor] { referrers[digest.description] ?? [] }

    /// Each manifest once.
    package var all: some Collection<Descriptor> { manifests.values }
}
