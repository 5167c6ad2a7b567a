import Linux
import Support

/// Something that is fetched: a source of `ADD`, or a whole context.
package enum RemoteAddress: Hashable, Sendable {
    case web(String)
    case git(GitAddress)

    /// Nil for a local path. Throws `.invalid` for an address that can't be read.
    package init?(_ text: String) throws(EscaleError) {
        if let git = try GitAddress(text) {
            self = .git(git)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .web(text)
        } else {
            return nil
        }
    }

    /// The same for a build's context, where `github.com/OWNER/NAME` is a repository too.
    package init?(context text: String) throws(EscaleError) {
        try self.init(text.hasPrefix("github.com/") ? "https://\(text.gitSuffixed)" : text)
    }

    /// What a downloaded file is called: the last part of its path.
    package static func fileName(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let path = url[start...].prefix { !"?#".contains($0) }
        guard let slash = path.firstIndex(of: "/") else { return "__unnamed__" }
        let name = path[slash...].split(separator: "/").last.map { Percent.decode(String($0)) } ?? ""
        return name.isEmpty || name == "." || name == ".." || name.contains("/") ? "__unnamed__" : name
    }
}

/// A repository, and what of it: `https://HOST/PATH.git[#REF[:FOLDER]]`, `git@HOST:PATH`, `ssh://`, `git://`;
/// or the same with `?branch=…&subdir=…` (docs.docker.com, "Build context", "URL fragments" and "URL queries").
package struct GitAddress: Hashable, Sendable {
    /// As `git fetch` takes it.
    package var remote: String
    /// Branch, tag, or commit; nil is the repository's own `HEAD`.
    package var ref: String?
    /// Clean, "" for the whole repository.
    package var folder = ""
    /// The commit that it must be.
    package var checksum: String?

    /// Nil for what is no repository.
    package init?(_ text: String) throws(EscaleError) {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let query = parts[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        remote = query[0]
        guard Self.isRepository(remote) else { return nil }
        var wanted: String?
        if parts.count > 1 {
            let fragment = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            ref = fragment[0].isEmpty ? nil : String(fragment[0])
            if fragment.count > 1 { wanted = String(fragment[1]) }
        }
        for pair in query.count > 1 ? query[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? Percent.decode(String(sides[1])) : ""
            switch sides[0] {
            case "ref": ref = value
            case "branch": ref = "refs/heads/\(value)"
            case "tag": ref = "refs/tags/\(value)"
            case "subdir": wanted = value
            case "checksum", "commit": checksum = value
            default: throw EscaleError(.invalid, "\(text): unexpected query \"\(sides[0])\"")
            }
        }
        folder = wanted.map { String(Path.clean("/" + $0).dropFirst()) } ?? ""
        for word in [ref, checksum].compactMap(\.self) {
            guard !word.hasPrefix("-"), !word.isEmpty, !word.contains(where: \.isWhitespace) else {
                throw EscaleError(.invalid, "\(text): invalid git reference \"\(word)\"")
            }
        }
    }

    private static func isRepository(_ remote: String) -> Bool {
        if remote.hasPrefix("http://") || remote.hasPrefix("https://") { return remote.hasSuffix(".git") }
        if remote.hasPrefix("ssh://") || remote.hasPrefix("git://") { return true }
        // USER@HOST:PATH
        let sides = remote.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[1].isEmpty, !sides[1].hasPrefix("//") else { return false }
        let name = sides[0].split(separator: "@", omittingEmptySubsequences: false)
        return name.count == 2
            && name.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix("-")
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }
            }
    }

    /// A whole commit's name, which never means another.
    package static func isCommit(_ text: String) -> Bool {
        [40, 64].contains(text.utf8.count) && text.allSatisfy(\.isHexDigit)
    }
}

extension String {
    /// `NAME[#…]` with `.git` where it is missing.
    fileprivate var gitSuffixed: String {
        let end = firstIndex { "#?".contains($0) } ?? endIndex
        return self[..<end].hasSuffix(".git") ? self : "\(self[..<end]).git\(self[end...])"
    }
}

/// `%41` in addresses (RFC 3986, section 2.1).
enum Percent {
    static func decode(_ text: String) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
