import HTTP
import Support

/// An API version, `1.24` to `1.47`.
package struct APIVersion: Comparable, Sendable {
    package let major: Int
    package let minor: Int

    package static let newest = APIVersion(major: 1, minor: 47)
    package static let oldest = APIVersion(major: 1, minor: 24)

    /// From `1.47`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    package var text: String { "\(major).\(minor)" }

    package static func < (a: APIVersion, b: APIVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }

    /// Takes the version off the front of a request's path; the newest where it has none. Throws
    /// `.invalid` in Docker's words for one that is not served.
    package static func split(_ uri: String) throws(EscaleError) -> (target: Target, version: APIVersion) {
        var target = Target(uri)
        guard let first = target.path.first, first.hasPrefix("v"), let version = Self(first.dropFirst())
        else { return (target, .newest) }
        if version > .newest {
            throw EscaleError(
                .invalid,
                "client version \(version.text) is too new. Maximum supported API version is \(newest.text)")
        }
        if version < .oldest {
            throw EscaleError(
                .invalid,
                "client version \(version.text) is too old. Minimum supported API version is "
                    + "\(oldest.text), please upgrade your client to a newer version")
        }
        target.path.removeFirst()
        return (target, version)
    }
}
