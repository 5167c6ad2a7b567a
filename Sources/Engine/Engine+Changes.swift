import Glibc
import Linux
import Support

extension Engine {
    /// `docker diff`: what the container has changed of its image.
    package func changes(_ reference: String) async throws(EscaleError) -> JSON {
        let c = try find(reference)
        let image = try images.find(c.record.image)
        let upper = c.paths.upper
        let list = try await Blocking.run { () throws(EscaleError) in
            LayerChanges.list(upper: upper, lower: image.layers)
        }
        return list.isEmpty
            ? .null : .array(list.map { ["Path": .string($0.path), "Kind": JSON($0.kind.rawValue)] })
    }
}

/// The difference that an overlay's upper folder makes.
package enum LayerChanges {
    /// Docker's numbers.
    package enum Kind: Int, Sendable {
        case modified = 0
        case added = 1
        case deleted = 2
    }

    package struct Change: Equatable, Sendable {
        package let path: String
        package let kind: Kind
    }

    /// Mount points that the engine itself makes.
    private static let own: Set<String> = [
        "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev", "/proc", "/sys", "/.dockerenv"
    ]

    package static func list(upper: String, lower: [String]) -> [Change] { walk("", upper, lower) }

    private static func walk(_ path: String, _ upper: String, _ lower: [String]) -> [Change] {
        var changes: [Change] = []
        for name in (try? Files.list(upper + path)) ?? [] {
            let child = "\(path)/\(name)"
            var s = stat()
            guard lstat(upper + child, &s) == 0 else { continue }
            let below = find(child, lower)
            let kind = s.st_mode & S_IFMT
            if kind == S_IFCHR, s.st_rdev == 0 {
                changes.append(Change(path: child, kind: .deleted))
                continue
            }
            if own.contains(child), s.st_size == 0 || kind == S_IFDIR { continue }
            let inside = kind == S_IFDIR ? walk(child, upper, lower) : []
            guard let below else {
                changes.append(Change(path: child, kind: .added))
                changes += inside
                continue
            }
            // A folder is in the upper one as soon as anything in it is.
            let isSame =
                kind == S_IFDIR && below.st_mode == s.st_mode && below.st_uid == s.st_uid
                && below.st_gid == s.st_gid
            if !isSame || !inside.isEmpty { changes.append(Change(path: child, kind: .modified)) }
            changes += inside
        }
        return changes
    }

    private static func find(_ path: String, _ layers: [String]) -> stat? {
        for layer in layers {
            var s = stat()
            guard lstat(layer + path, &s) == 0 else { continue }
            return s.st_mode & S_IFMT == S_IFCHR && s.st_rdev == 0 ? nil : s
        }
        return nil
    }
}
