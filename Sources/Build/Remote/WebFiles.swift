import Archive
import Glibc
import Linux
import OCI
import RegistryClient
import Support

/// Downloads of `ADD`, kept in `ROOT/build/web`: a server that says that nothing has changed sends nothing, and
/// what a checksum names is not even asked for.
struct WebFiles: Sendable {
    let folder: String

    init(kit: Kit) { folder = Self.folder(kit) }

    static func folder(_ kit: Kit) -> String { "\(kit.root)/build/web" }

    /// A file that is here.
    struct Found: Sendable {
        var path: String
        /// sha256 of its content.
        var digest: String
        /// What its server said, else 1970, as with BuildKit.
        var modified: Timestamp
        var size: Int64
    }

    /// What is known of an address.
    private struct Record: Codable {
        var digest: String
        /// The server's `ETag` and `Last-Modified`, to ask whether there is anything newer.
        var tag: String?
        var modified: String?
    }

    /// - Parameters:
    ///   - checksum: `--checksum`. Throws `.corrupt` for other content.
    ///   - work: gets a name of the file: the folder may be pruned meanwhile.
    func fetch(
        _ url: String, checksum: Digest?, work: Workspace, _ cancellation: Cancellation
    ) throws(EscaleError) -> Found {
        try Files.makeDirectory(folder, mode: 0o700)
        let record = "\(folder)/\(SHA256.hex(of: url.utf8)).json"
        let known = (try? Files.read(record, limit: 1 << 16)).flatMap {
            try? JSON.parse($0).decode(Record.self)
        }
        if let known, checksum?.hex == known.digest, let found = try link(known, work) { return found }
        var headers: [(String, String)] = []
        if let known, Files.exists(path(known.digest)) {
            if let tag = known.tag {
                headers.append(("If-None-Match", tag))
            } else if let modified = known.modified {
                headers.append(("If-Modified-Since", modified))
            }
        }
        let new = work.path("download")
        let answer = try RegistrySession(settings: RegistrySettings(), cancellation: cancellation)
            .download(url, to: new, headers: headers)
        var current: Record
        if answer.status == 304, let known {
            current = known
        } else {
            current = Record(
                digest: try Self.hash(new, "sha256"), tag: answer.headers["etag"],
                modified: answer.headers["last-modified"])
            try Sys.call("rename", new) { rename(new, path(current.digest)) }
            try Files.replace(record, try JSON.encode(current).bytes(), mode: 0o600)
        }
        guard let found = try link(current, work) else {
            throw EscaleError(.notFound, "\(url): the download has been removed meanwhile")
        }
        if let checksum {
            let digest = try Digest("\(checksum.algorithm):\(Self.hash(found.path, checksum.algorithm))")
            guard digest == checksum else {
                throw EscaleError(
                    .corrupt, "digest mismatch \(digest): \(checksum)", repair: "ADD --checksum=\(digest) …")
            }
        }
        return found
    }

    private func path(_ digest: String) -> String { "\(folder)/\(digest)" }

    private func link(_ record: Record, _ work: Workspace) throws(EscaleError) -> Found? {
        let own = work.path("web")
        guard Glibc.link(path(record.digest), own) == 0 else { return nil }
        var s = stat()
        try Sys.call("stat", own) { stat(own, &s) }
        return Found(
            path: own, digest: record.digest,
            modified: record.modified.flatMap { HTTPDate.parse($0) } ?? Timestamp(nanoseconds: 0),
            size: Int64(s.st_size))
    }

    private static func hash(_ path: String, _ algorithm: String) throws(EscaleError) -> String {
        guard var hash = ContentHash(algorithm) else {
            throw EscaleError(.invalid, "unsupported digest algorithm")
        }
        try FileSource(path).forEachChunk { (chunk) throws(EscaleError) in hash.update(chunk) }
        return hash.hex
    }
}

/// `Wed, 21 Oct 2015 07:28:00 GMT` (RFC 9110, section 5.6.7).
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    ]

    package static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].count == 2, words[3].count == 4,
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
