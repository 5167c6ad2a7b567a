import Archive
import Dockerfile
import Glibc
import Linux
import OCI
import RegistryClient
import Support

extension BuildSession {
    /// A source of `ADD` from elsewhere. A file is downloaded now: its content is what counts. Of a repository
    /// only the commit is asked for, which stands for all its files.
    func fetch(_ address: RemoteAddress, _ action: TransferAction, _ excludes: IgnoreFile?)
        throws(EscaleError) -> Brought
    {
        switch address {
        case .web(let url):
            let checksum = try action.checksum.map { text throws(EscaleError) in try Digest(text) }
            emit(.status("download \(url)"))
            let file = try WebFiles(kit: builder.kit).fetch(url, checksum: checksum, work: work, cancellation)
            let root = SourceRoot(try Sys.open(work.folder, O_RDONLY | O_DIRECTORY), name: url)
            var set = FileSet()
            set.items = [
                .init(
                    source: Path.name(file.path), target: "", kind: .file, mode: 0o600, uid: 0, gid: 0,
                    size: file.size, modified: file.modified)
            ]
            var brought = Brought(name: RemoteAddress.fileName(url), set: set, isFile: true)
            if action.unpack ?? false, try Self.isArchive(Path.name(file.path), root) {
                brought.archive = Path.name(file.path)
            }
            brought.digests = [("", "\(file.digest)\(brought.archive == nil ? "" : " unpacked")")]
            let found = set
            brought.fetched = { (root, found) }
            return brought
        case .git(var git):
            if let checksum = action.checksum { git.checksum = checksum }
            emit(.status("resolve \(git.remote)"))
            let repository = try request.repository(git, work)
            let commit = try repository.commit()
            var brought = Brought(name: "", isFile: false)
            let keeps = action.keepsGitDir
            let (remote, folder) = (git.remote, git.folder)
            brought.digests = [("git \(remote) \(folder)", "\(commit) \(keeps) \(action.excludes)")]
            let place = work.path("git")
            let emit = emit
            brought.fetched = { () throws(EscaleError) in
                emit(.status("fetch \(remote) \(commit.prefix(12))"))
                let time = try repository.checkOut(commit: commit, into: place, keepsGitDir: keeps)
                let root = SourceRoot(try Sys.open(place, O_RDONLY | O_DIRECTORY), name: remote)
                var set = FileSet()
                try root.collect(folder, as: "", into: &set) { path, _ in !(excludes?.ignores(path) ?? false)
                }
                // A checkout's own times differ each time.
                for i in set.items.indices { set.items[i].modified = time }
                return (root, set)
            }
            return brought
        }
    }
}

extension BuildRequest {
    /// With what the client gave to reach it: `--ssh default`, or the secrets that BuildKit knows too.
    func repository(_ address: GitAddress, _ work: Workspace) throws(EscaleError) -> GitRepository {
        let home = "\(work.folder)/git-home"
        try Files.makeDirectory(home, mode: 0o700)
        var repository = GitRepository(address: address, home: home)
        repository.agent = agents["default"]
        let host = Address.origin(address.remote).split(separator: "/").last.map(String.init) ?? ""
        func secret(_ name: String) -> [UInt8]? { secrets["\(name).\(host)"] ?? secrets[name] }
        if let header = secret("GIT_AUTH_HEADER") {
            repository.authorization = Self.word(header)
        } else if let token = secret("GIT_AUTH_TOKEN") {
            repository.authorization =
                "basic " + Base64.encode(Array("x-access-token:\(Self.word(token))".utf8))
        }
        return repository
    }

    /// A secret's file often ends with a line's end.
    private static func word(_ secret: [UInt8]) -> String {
        String(String(decoding: secret, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? "")
    }
}
