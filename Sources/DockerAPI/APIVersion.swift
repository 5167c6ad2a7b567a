import Support

/// An API version, `1.24` to `1.47`.
package struct APIVersion: Comparable, Sendable {
    package let major: Int
    package let minor: Int

    package static let newest = APIVersion(major: 1, minor: 47)
    package static let oldest = APIVersion(major: 1, minor: 24)

    /// From a path segment, `v1.47`.
    package init?(segment: Substring) {
        guard segment.first == "v" else { return nil }
        let parts = segment.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    package var text: String { "\(major).\(minor)" }

    package static func < (a: APIVersion, b: APIVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}
