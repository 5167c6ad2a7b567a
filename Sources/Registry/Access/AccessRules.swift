import Support

/// What someone may do in a repository; each includes those before it.
package enum Right: Int, Comparable, Sendable {
    case none
    /// Pull, list tags and referrers.
    case read
    /// Push.
    case write
    /// Delete.
    case admin

    package static func < (a: Right, b: Right) -> Bool { a.rawValue < b.rawValue }
}

/// Who may do what, from a file that a teacher can read aloud:
///
///     # who      right   repositories
///     *          read    library/*
///     +          write   {user}/*
///     prof       admin   *
///
/// `*` is everybody, `+` everybody who has logged in. In a repository `*` stands for any characters and
/// `{user}` for the user's name. Rights add up; what no line gives is denied.
package struct AccessRules: Equatable, Sendable {
    private struct Rule: Equatable, Sendable {
        let who: String
        let right: Right
        let repositories: String
    }

    private var rules: [Rule] = []

    /// Everything to everybody: a registry on loopback without passwords.
    package static let open = AccessRules(rules: [Rule(who: "*", right: .admin, repositories: "*")])
    /// Everything to whoever has logged in.
    package static let users = AccessRules(rules: [Rule(who: "+", right: .admin, repositories: "*")])

    private init(rules: [Rule]) { self.rules = rules }

    /// Throws `.invalid`, naming the line.
    package init(_ text: String) throws(EscaleError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (i, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(
                String.init)
            if words.isEmpty { continue }
            guard words.count == 3 else {
                throw EscaleError(.invalid, "line \(i + 1): USER RIGHT REPOSITORIES is expected: \(line)")
            }
            let rights: [String: Right] = ["read": .read, "write": .write, "admin": .admin]
            guard let right = rights[words[1]] else {
                throw EscaleError(.invalid, "line \(i + 1): \(words[1]): not read, write or admin")
            }
            rules.append(Rule(who: words[0], right: right, repositories: words[2]))
        }
    }

    /// - Parameter user: nil for someone who has not logged in.
    package func right(of user: String?, in repository: String) -> Right {
        var best = Right.none
        for rule in rules where rule.right > best && Self.isMeant(rule.who, user) {
            guard Self.fits(rule.repositories, repository, user) else { continue }
            best = rule.right
        }
        return best
    }

    private static func isMeant(_ who: String, _ user: String?) -> Bool {
        switch who {
        case "*": true
        case "+": user != nil
        default: who == user
        }
    }

    private static func fits(_ pattern: String, _ repository: String, _ user: String?) -> Bool {
        var pattern = pattern
        if let range = pattern.firstRange(of: "{user}") {
            guard let user else { return false }
            // A name is no pattern.
            guard !user.contains("*") else { return false }
            pattern.replaceSubrange(range, with: user)
        }
        return glob(Array(pattern.utf8)[...], Array(repository.utf8)[...])
    }

    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (p, t) = (pattern.startIndex, text.startIndex)
        var star: (p: Int, t: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                // The star takes one character more.
                star = (last.p, last.t + 1)
                p = last.p + 1
                t = last.t + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
