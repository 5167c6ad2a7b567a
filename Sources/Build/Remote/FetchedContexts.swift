import Archive
import Glibc
import Images
import Linux
import OCI
import RegistryClient
import Support

/// What the client only named: contexts at other places, which the engine fetches before it builds.
package struct FetchedContexts: Sendable {
    let store: ImageStore
    let work: Workspace
    let cancellation: Cancellation

    package init(store: ImageStore, work: Workspace, cancellation: Cancellation) {
        self.store = store
        self.work = work
        self.cancellation = cancellation
    }

    /// Brings them all. Blocks.
    /// - Parameter main: the build's own context, where it is not what was received.
    package func fetch(main: String?, _ request: inout BuildRequest, _ received: inout ReceivedContext)
        throws(EscaleError)
    {
        if let main {
            switch try fetch(main, request) {
            case .folder(let folder): received.folder = folder
            case .file(let path):
                // A Dockerfile alone, as with Docker.
                if request.dockerfileText == nil {
                    request.dockerfileText = try Files.read(path, limit: 16 << 20)
                }
            }
        }
        for (name, place) in request.remotes {
            guard case .folder(let folder) = try fetch(place, request) else {
                throw EscaleError(.invalid, "context \(name): \(place) is no archive")
            }
            request.name(name, .folder(folder))
        }
        for (name, wanted) in request.layouts {
            guard let folder = received.folders[name] else { continue }
            let known = Set(try store.list().map(\.id))
            let image = try load(folder, wanted, name)
            request.name(name, .image(image.idText))
            if !known.contains(image.id) { request.guests.append(image.id) }
        }
    }

    private enum Fetched {
        case folder(String)
        case file(String)
    }

    private func fetch(_ text: String, _ request: BuildRequest) throws(EscaleError) -> Fetched {
        switch try RemoteAddress(context: text) {
        case nil: throw EscaleError(.invalid, "\(text): neither an address nor a git repository")
        case .git(let address)?:
            let repository = try request.repository(address, work)
            let place = work.path("git")
            let keeps = request.arguments["BUILDKIT_CONTEXT_KEEP_GIT_DIR"].map { ["1", "true"].contains($0) }
            _ = try repository.checkOut(
                commit: try repository.commit(), into: place, keepsGitDir: keeps ?? false)
            // A link in the repository leads to nothing but the repository.
            let root = try Sys.open(place, O_RDONLY | O_DIRECTORY)
            let folder: FD
            do { folder = try InRoot.open(root.raw, address.folder, O_RDONLY | O_DIRECTORY) } catch {
                throw EscaleError(
                    .notFound, "\(address.remote): no folder \(address.folder)", errno: error.errno)
            }
            return .folder(try folder.realPath())
        case .web(let url)?:
            let file = work.path("context")
            _ = try RegistrySession(settings: RegistrySettings(), cancellation: cancellation)
                .download(url, to: file)
            let isTar =
                (try? ArchiveReader(try Decompressor(try FileSource(file)), format: .tar).next()) != nil
            guard isTar else { return .file(file) }
            let folder = work.path("context")
            try ReceivedContext.unpack(try Decompressor(try FileSource(file)), into: folder)
            return .folder(folder)
        }
    }

    /// The image of an OCI layout: by tag or digest, or the only one.
    private func load(_ folder: String, _ wanted: String, _ name: String) throws(EscaleError) -> Image {
        let path = "\(folder)/index.json"
        var index: ImageIndex
        do { index = try JSON.parse(try Files.read(path, limit: 4 << 20)).decode() } catch {
            throw EscaleError(.invalid, "context \(name): no OCI layout: \(error.message)")
        }
        let fitting = index.manifests.filter { entry in
            wanted.isEmpty || entry.digest.description == wanted
                || entry.annotations?[Annotation.refName] == wanted
        }
        guard var entry = fitting.first, fitting.count == 1 || !wanted.isEmpty else {
            let known = index.manifests.compactMap { $0.annotations?[Annotation.refName] }
            throw EscaleError(
                .notFound,
                wanted.isEmpty
                    ? "context \(name): several images in the layout" : "context \(name): no image \(wanted)",
                repair: "--build-context \(name)=oci-layout://FOLDER:TAG (\(known.joined(separator: ", ")))")
        }
        // Its names are not ours to give.
        entry.annotations = nil
        index.manifests = [entry]
        try Files.replace(path, try JSON.encode(index).bytes())
        let archive = work.path("layout")
        let file = try Sys.open(archive, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try ContextArchive.write(folder, to: DescriptorSink(file.raw)) { _, _ in true }
        guard let image = try store.load(try FileSource(archive)).first?.image else {
            throw EscaleError(.invalid, "context \(name): no image in the layout")
        }
        return image
    }
}
