import OCI
import Support

/// Changes to a layout's index, one entry for each name and manifest; an image without a name has one
/// entry without annotation, so that its blobs stay reachable.
extension ImageIndex {
    /// The name of an entry, nil for one without.
    package static func name(of entry: Descriptor) -> Reference? {
        entry.annotations?[Annotation.refName].flatMap { try? Reference($0) }
    }

    package func names(of manifest: Digest) -> [Reference] {
        manifests.filter { $0.digest == manifest }.compactMap(Self.name(of:))
            .sorted { $0.canonical < $1.canonical }
    }

    package func entry(named name: Reference) -> Descriptor? {
        manifests.first { Self.name(of: $0) == name }
    }

    /// Gives the manifest this name, and takes it from the one that had it.
    package mutating func setName(_ name: Reference, _ manifest: Descriptor) {
        removeName(name)
        manifests.removeAll { $0.digest == manifest.digest && Self.name(of: $0) == nil }
        var entry = manifest
        entry.annotations = [Annotation.refName: name.canonical]
        manifests.append(entry)
        sort()
    }

    /// Keeps the manifest under no name, unless it has one.
    package mutating func addNameless(_ manifest: Descriptor) {
        guard !manifests.contains(where: { $0.digest == manifest.digest }) else { return }
        var entry = manifest
        entry.annotations = nil
        manifests.append(entry)
        sort()
    }

    /// Takes a name away. The manifest stays, nameless where this was its last.
    package mutating func removeName(_ name: Reference) {
        guard let i = manifests.firstIndex(where: { Self.name(of: $0) == name }) else { return }
        let entry = manifests.remove(at: i)
        addNameless(entry)
    }

    package mutating func removeAll(_ manifest: Digest) {
        manifests.removeAll { $0.digest == manifest }
    }

    /// By name, then digest: the file does not depend on the order of what was done.
    private mutating func sort() {
        func key(_ d: Descriptor) -> String {
            (d.annotations?[Annotation.refName] ?? "~") + " \(d.digest)"
        }
        manifests.sort { key($0) < key($1) }
    }
}
