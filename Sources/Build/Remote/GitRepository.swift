import Glibc
import Linux
import RegistryClient
import Support

/// A repository, by the `git` program: it finds the commit that a reference means, and writes its files.
struct GitRepository: Sendable {
    let address: GitAddress
    /// An empty folder of the build, for what git takes for its user's home.
    let home: String
    /// An agent's socket (`--ssh default`), for `git@…` and `ssh://`.
    var agent: String?
    /// `GIT_AUTH_TOKEN` or `GIT_AUTH_HEADER`, as BuildKit takes them from secrets: the `Authorization` header.
    var authorization: String?

    /// The commit behind an address: nothing but names is asked for. Throws `.notFound` where there is none.
    func commit() throws(EscaleError) -> String {
        let commit = try named()
        if let checksum = address.checksum, !commit.hasPrefix(checksum.lowercased()) {
            throw EscaleError(
                .corrupt, "\(address.remote): expected checksum to match \(checksum), got \(commit)")
        }
        return commit
    }

    private func named() throws(EscaleError) -> String {
        let ref = address.ref ?? address.checksum ?? "HEAD"
        if GitAddress.isCommit(ref) { return ref.lowercased() }
        let listed = try run(["ls-remote", "--", address.remote, ref, "\(ref)^{}"])
        var found: [String: String] = [:]
        for line in listed.split(separator: "\n") {
            let words = line.split(separator: "\t")
            if words.count == 2 { found[String(words[1])] = String(words[0]) }
        }
        // Branches before tags, as `git checkout` takes them; of a tag with a message, what it points to.
        let names = [
            "refs/heads/\(ref)", "\(ref)^{}", ref, "refs/\(ref)", "refs/tags/\(ref)^{}", "refs/tags/\(ref)"
        ]
        guard let commit = names.compactMap({ found[$0] }).first else {
            throw EscaleError(
                .notFound, "repository does not contain ref \(ref), remote \(address.remote)",
                repair: "git ls-remote \(address.remote)")
        }
        return commit
    }

    /// Writes a commit's files, with submodules, into a folder that is not there yet.
    /// - Returns: when it was committed.
    func checkOut(commit: String, into folder: String, keepsGitDir: Bool) throws(EscaleError) -> Timestamp {
        try Files.makeDirectory(folder)
        try run(["init", "--quiet", "--initial-branch=main", "."], in: folder)
        try run(["remote", "add", "--", "origin", address.remote], in: folder)
        do { try run(["fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit], in: folder) } catch {
            // A server that gives out named commits only; whatever else was wrong is wrong again.
            try run(
                ["fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"], in: folder)
        }
        try run(["checkout", "--quiet", "--force", "--detach", commit], in: folder)
        if Files.exists("\(folder)/.gitmodules") {
            try run(
                ["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"], in: folder)
        }
        let seconds =
            Int64(
                try run(["log", "-1", "--format=%ct"], in: folder).filter(\.isNumber)) ?? 0
        if !keepsGitDir { try Files.removeTree("\(folder)/.git") }
        return Timestamp(nanoseconds: seconds * 1_000_000_000)
    }

    // MARK: The program

    @discardableResult
    private func run(_ arguments: [String], in folder: String? = nil) throws(EscaleError) -> String {
        let done: Spawn.Result
        do {
            done = try Spawn.run("git", arguments, environment: environment, directory: folder)
        } catch {
            guard error.errno == ENOENT else { throw error }
            throw EscaleError(
                .unavailable, "git repositories need the git program: executable file not found in $PATH",
                errno: ENOENT, repair: "apt-get install git")
        }
        guard done.status == 0 else {
            let lines = done.errorText.split(separator: "\n").map(String.init)
            let why = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.last ?? ""
            throw EscaleError(.unavailable, "git \(arguments[0]): \(why) (status \(done.status))")
        }
        return done.text
    }

    /// Nothing of the user's or the machine's settings, no questions, no other protocols than those of
    /// addresses, and an end to silence.
    private var environment: [String] {
        let kept: Set = [
            "PATH", "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy",
            "NO_PROXY",
            "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"
        ]
        var settings = [
            ("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "30"), ("core.hooksPath", "/dev/null")
        ]
        if let authorization {
            // For this host alone: submodules and redirections may lead to others.
            settings.append(
                ("http.\(Address.origin(address.remote))/.extraHeader", "Authorization: \(authorization)"))
        }
        var all = Environment.all.filter { entry in kept.contains(String(entry.prefix { $0 != "=" })) }
        all += [
            "HOME=\(home)", "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1",
            "GIT_ALLOW_PROTOCOL=http:https:ssh:git",
            "GIT_SSH_COMMAND=ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=15 "
                + "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=\(home)/known_hosts",
            "GIT_CONFIG_COUNT=\(settings.count)"
        ]
        for (i, setting) in settings.enumerated() {
            all += ["GIT_CONFIG_KEY_\(i)=\(setting.0)", "GIT_CONFIG_VALUE_\(i)=\(setting.1)"]
        }
        if let agent { all.append("SSH_AUTH_SOCK=\(agent)") }
        return all
    }
}
