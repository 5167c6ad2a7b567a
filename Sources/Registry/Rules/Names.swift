import OCI

/// A repository's name within the registry, e.g. `classe/web` (distribution-spec, "Pulling manifests").
package struct RepositoryName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Clients take names of up to 255 characters together with the registry's host.
    package static let longest = 255

    /// Components of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.longest else { return nil }
        var separator: [UInt8] = []
        var atStart = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard separator.isEmpty || Self.joins(separator) else { return nil }
                separator = []
                atStart = false
            case UInt8(ascii: "/"):
                guard !atStart, separator.isEmpty else { return nil }
                atStart = true
            default:
                guard !atStart else { return nil }
                separator.append(byte)
            }
        }
        guard !atStart, separator.isEmpty else { return nil }
        self.text = String(text)
    }

    private static func joins(_ separator: [UInt8]) -> Bool {
        [Array(".".utf8), Array("_".utf8), Array("__".utf8)].contains(separator)
            || separator.allSatisfy { $0 == UInt8(ascii: "-") }
    }

    package var description: String { text }
}

/// A tag: up to 128 of letters, digits, `_`, `.`, `-`; the first is no `.` or `-`.
package struct TagName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 128, let first = text.utf8.first, Self.isWord(first),
            text.utf8.allSatisfy({ Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = String(text)
    }

    private static func isWord(_ c: UInt8) -> Bool {
        switch c {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    package var description: String { text }
}

/// How a manifest is asked for.
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
    case tag(TagName)
    case digest(Digest)

    package var description: String {
        switch self {
        case .tag(let tag): tag.text
        case .digest(let digest): digest.description
        }
    }
}

/// An upload session's name: 32 hexadecimal digits in the shape of a UUID.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: some StringProtocol) {
        let dashes: Set<Int> = [8, 13, 18, 23]
        guard text.utf8.count == 36 else { return nil }
        for (i, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-"): guard dashes.contains(i) else { return nil }
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                guard !dashes.contains(i) else { return nil }
            default: return nil
            }
        }
        self.text = String(text)
    }

    package var description: String { text }
}
