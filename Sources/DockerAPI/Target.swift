import Support

/// The target of a request: version, path and query.
package struct Target {
    package let version: APIVersion
    package let path: [String]
    package let query: Query

    package init(_ uri: String) throws(EscaleError) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments = (parts.first ?? "").split(separator: "/")
        query = Query(parts.count > 1 ? parts[1] : "")
        if let first = segments.first, let version = APIVersion(segment: first) {
            if version > .newest {
                throw EscaleError(
                    .invalid,
                    "client version \(version.text) is too new. Maximum supported API version is "
                        + APIVersion.newest.text)
            }
            if version < .oldest {
                throw EscaleError(
                    .invalid,
                    "client version \(version.text) is too old. Minimum supported API version is "
                        + "\(APIVersion.oldest.text), please upgrade your client to a newer version")
            }
            self.version = version
            segments.removeFirst()
        } else {
            version = .newest
        }
        path = segments.map { PercentCoding.decode($0) }
    }
}
