import Archive
import Dockerfile
import Engine
import Glibc
import Images
import Linux
import OCI
import Support

/// `COPY` and `ADD`.
extension BuildSession {
    func transfer(
        _ action: TransferAction, _ step: Step, _ id: Int, _ identity: String, _ current: StageState
    )
        async throws -> StageLayer
    {
        var key = CacheKey(action, parent: current.chain)
        let definition = try await definition(action, key, current.wanted)
        if let definition, let layer = layer(by: definition, id, identity) { return layer }
        let source = try await open(action.from, current.wanted)
        let brought = try await bring(action, step, from: source, folderTime(current))
        for piece in brought {
            for (path, digest) in piece.digests {
                key.add("file \(path.isEmpty ? piece.name : "\(piece.name)/\(path)")", digest)
            }
        }
        if let definition { remember(definition, leadsTo: key, step, id) }
        let store = store
        let work = work
        let epoch = request.epoch
        let time = folderTime(current)
        let base = action.isLink ? [] : current.layers
        let names = current.layers
        let isContext = action.from == .context
        // Owners of the user's own files mean nothing in an image.
        let keepsOwners =
            switch action.from {
            case .context: false
            case .stage: true
            case .named(let name): !request.isFolder(name)
            }
        return try await layer(key, step, id, identity) {
            try await ready(names)
            return try await Blocking.run { () throws(EscaleError) in
                var options = FileSetWriter.Options()
                if let owner = action.owner {
                    let image = try StepOverlay(on: names, store: store, work: work)
                    options.owner = try Owners.resolve(owner, image)
                } else if keepsOwners {
                    options.owner = nil
                }
                options.chmod = try action.chmod.map { text throws(EscaleError) in try ModeChange(text) }
                if isContext { options.time = epoch }
                options.folderTime = time
                let overlay = try StepOverlay(on: base, store: store, work: work)
                try Self.write(brought, action, from: source, to: overlay.root.raw, options)
                return overlay.upper
            }
        }
    }

    /// What is taken from another stage or an image, by their layers: no file has to be looked at, or be
    /// here. Nil for what comes from a folder.
    private func definition(_ action: TransferAction, _ head: CacheKey, _ platform: Platform?) async throws
        -> CacheKey?
    {
        let paths = action.sources.compactMap { if case .path(let path) = $0 { path } else { nil } }
        guard paths.count == action.sources.count, let chain = try await chain(of: action.from, platform)
        else {
            return nil
        }
        var key = CacheKey("copy by layers", head)
        key.add("from", chain)
        key.add("sources", JSON(paths).text())
        key.add("excludes", JSON(action.excludes).text())
        key.add("parents", "\(action.keepsParents)")
        return key
    }

    private static func write(
        _ brought: [Brought], _ action: TransferAction, from source: SourceRoot, to root: Int32,
        _ options: FileSetWriter.Options
    ) throws(EscaleError) {
        let several = brought.count > 1 || brought.contains { $0.fromPattern }
        var writer = FileSetWriter(root: root, options)
        for piece in brought {
            guard let fetched = try piece.fetched?() else {
                try write(piece, action, several, from: source, with: &writer, options)
                continue
            }
            // What is fetched has times that are the same on every machine.
            var own = options
            own.time = nil
            var remote = FileSetWriter(root: root, own)
            var piece = piece
            piece.set = fetched.set
            try write(piece, action, several, from: fetched.root, with: &remote, own)
            remote.finish()
        }
        writer.finish()
    }

    private static func write(
        _ piece: Brought, _ action: TransferAction, _ several: Bool, from source: SourceRoot,
        with writer: inout FileSetWriter, _ options: FileSetWriter.Options
    ) throws(EscaleError) {
        let destination = String(action.destination.dropFirst())
        if let archive = piece.archive {
            let file = try InRoot.open(source.raw, archive, O_RDONLY | O_NONBLOCK)
            var archives = options
            if action.owner == nil { archives.owner = nil }
            var unpacker = FileSetWriter(root: writer.root, archives)
            try unpacker.unpack(try Decompressor(DescriptorSource(file.raw)), to: destination)
            unpacker.finish()
        } else if !piece.isFile {
            if piece.set.items.isEmpty { _ = try writer.makeFolder(destination) }
            try writer.write(piece.set, from: source.raw, to: destination)
        } else {
            let into = action.intoFolder || several || writer.isFolder(destination)
            let path =
                into ? (destination.isEmpty ? piece.name : "\(destination)/\(piece.name)") : destination
            try writer.write(piece.set, from: source.raw, to: path)
        }
    }

    /// One source, found.
    struct Brought: Sendable {
        /// The last part of its path.
        var name: String
        var set = FileSet()
        /// One file, which takes the destination's name unless that is a folder.
        var isFile: Bool
        /// A local archive that `ADD` unpacks.
        var archive: String?
        var fromPattern = false
        var digests: [(path: String, digest: String)] = []
        /// The files of what is not in the source: asked for where the step is done.
        var fetched: (@Sendable () throws(EscaleError) -> (root: SourceRoot, set: FileSet))?
    }

    private func bring(_ action: TransferAction, _ step: Step, from source: SourceRoot, _ time: Timestamp)
        async throws
        -> [Brought]
    {
        var excludes: IgnoreFile?
        if !action.excludes.isEmpty {
            do throws(DockerfileError) {
                excludes = try IgnoreFile(action.excludes, of: step.instruction, in: file.source)
            } catch { throw BuildFailure(error) }
        }
        let left = excludes
        return try await Blocking.run { () throws(EscaleError) in
            var result: [Brought] = []
            for item in action.sources {
                switch item {
                case .inline(let heredoc):
                    let content = Array(heredoc.body.utf8)
                    var set = FileSet()
                    set.items = [
                        .init(
                            source: "", target: "", kind: .file, mode: 0o644, uid: 0, gid: 0,
                            size: Int64(content.count), modified: time, content: content)
                    ]
                    result.append(Brought(name: heredoc.name, set: set, isFile: true))
                case .path(let path):
                    if action.isAdd, let address = try RemoteAddress(path) {
                        result.append(try self.fetch(address, action, left))
                        continue
                    }
                    if action.checksum != nil {
                        throw EscaleError(
                            .invalid, "checksum can't be specified for non-HTTP(S) sources: \(path)")
                    }
                    result += try Self.bring(path, action, from: source, left)
                }
            }
            for i in result.indices where result[i].fetched == nil {
                result[i].digests = try source.digests(result[i].set)
            }
            return result
        }
    }

    private static func bring(
        _ path: String, _ action: TransferAction, from source: SourceRoot, _ excludes: IgnoreFile?
    ) throws(EscaleError) -> [Brought] {
        let matches = try source.expand(path)
        let isPattern = Glob.isPattern(path)
        guard !matches.isEmpty || isPattern else {
            throw EscaleError(
                .notFound, "\"/\(Path.clean("/" + path).dropFirst())\": not found",
                errno: ENOENT, repair: "ls; cat .dockerignore")
        }
        if matches.isEmpty {
            throw EscaleError(.invalid, "no source files were specified: \"\(path)\" matches nothing")
        }
        // `/./` says from where on parents are kept.
        let pivot = path.ranges(of: "/./").first.map {
            path.distance(from: path.startIndex, to: $0.lowerBound)
        }
        var found: [Brought] = []
        for match in matches {
            let isFolder = source.isFolder(match)
            var brought = Brought(
                name: Path.name(match), isFile: !isFolder, fromPattern: isPattern && matches.count > 1)
            var target = ""
            if action.keepsParents {
                let base = pivot.map { Path.clean("/" + path.prefix($0)).dropFirst() } ?? ""
                target =
                    base.isEmpty || !match.hasPrefix("\(base)/")
                    ? match : String(match.dropFirst(base.count + 1))
                brought.isFile = false
            }
            if !isFolder, let excludes, excludes.ignores(Path.name(match)) { continue }
            try source.collect(match, as: target, into: &brought.set) { relative, _ in
                !(excludes?.ignores(relative) ?? false)
            }
            if action.isAdd, !isFolder, action.unpack ?? true, try isArchive(match, source) {
                brought.archive = match
            }
            found.append(brought)
        }
        return found
    }

    /// A tar archive, compressed or not.
    static func isArchive(_ path: String, _ source: SourceRoot) throws(EscaleError) -> Bool {
        let file = try InRoot.open(source.raw, path, O_RDONLY | O_NONBLOCK)
        var s = stat()
        guard fstat(file.raw, &s) == 0, s.st_mode & S_IFMT == S_IFREG, s.st_size > 0,
            let reader = try? ArchiveReader(try Decompressor(DescriptorSource(file.raw)), format: .tar)
        else { return false }
        return (try? reader.next()) != nil
    }
}

/// `--chown`, by the image's own names.
enum Owners {
    static func resolve(_ text: String, _ image: borrowing StepOverlay) throws(EscaleError) -> (
        UInt32, UInt32
    ) {
        let passwd = image.text("etc/passwd")
        let group = image.text("etc/group")
        let user = try ResolvedUser.resolve(text, passwd: passwd, group: group)
        // A user without group: the group of the same number, or the account's.
        if !text.contains(":"), let id = UInt32(text) { return (user.uid, id) }
        return (user.uid, user.gid)
    }
}
