import Archive
import Build
import Glibc
import Linux
import Support

/// What a build's command line names as its files: read here and sent, or only named to the engine.
struct BuildContexts {
    /// The build's own context.
    private enum Main {
        case folder(String)
        /// An address or repository, which the engine fetches.
        case remote(String)
        /// A tar archive on our input, of which this has been read.
        case archive([UInt8])
        /// A Dockerfile on our input is all there is.
        case nothing
    }

    private let main: Main
    /// Named ones, in the order of the document's `contexts`.
    private var folders: [String] = []
    private let ownIgnoreFile: String?
    /// Where it is here, and not in an archive or elsewhere.
    let dockerfile: [UInt8]?
    /// Their part of the request's document.
    private(set) var document = JSONObject()
    private(set) var query: [(String, String)]

    init(_ options: BuildOptions) throws {
        let file = options.file
        ownIgnoreFile = file.flatMap { $0 == "-" ? nil : "\($0).dockerignore" }
        query = [("dockerfile", file.map { $0 == "-" ? "Dockerfile" : Path.name($0) } ?? "Dockerfile")]
        var dockerfile: [UInt8]?
        if options.context == "-" {
            if file == "-" {
                throw EscaleError(
                    .invalid,
                    "invalid argument: can't use stdin for both build context and dockerfile",
                    repair: "escale build -f - FOLDER")
            }
            let head = try Self.head()
            if TarHead.isArchive(head) {
                main = .archive(head)
                query = [("dockerfile", file ?? "Dockerfile")]
            } else {
                main = .nothing
                dockerfile = head + (try Files.readAll(0))
            }
        } else if !Files.isDirectory(options.context),
            try RemoteAddress(context: options.context) != nil
        {
            main = .remote(options.context)
            query = [("dockerfile", file ?? "Dockerfile"), ("remote", options.context)]
            if file == "-" { dockerfile = try Files.readAll(0) }
        } else {
            main = .folder(options.context)
            guard Files.isDirectory(options.context) else {
                throw EscaleError(
                    .notFound, "unable to prepare context: path \"\(options.context)\" not found")
            }
            let path = file ?? "\(options.context)/Dockerfile"
            do { dockerfile = path == "-" ? try Files.readAll(0) : try Files.read(path) } catch {
                throw EscaleError(
                    .notFound, "failed to read dockerfile: open \(path): no such file or directory",
                    repair: "ls \(Path.parent(path))")
            }
        }
        self.dockerfile = dockerfile
        if let dockerfile { document["dockerfile"] = .string(String(decoding: dockerfile, as: UTF8.self)) }
        // What is built again and again: a folder by its place, anything else by its name.
        document["slot"] = .string(FileNames.absolute(options.context) ?? options.context)
        try addNamed(options.buildContext)
    }

    private mutating func addNamed(_ texts: [String]) throws {
        var images = JSONObject()
        var remotes = JSONObject()
        var layouts = JSONObject()
        var names: [String] = []
        for text in texts {
            let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else {
                throw EscaleError(.invalid, "invalid context value: \(text), expected key=value")
            }
            let (name, place) = (pair[0], pair[1])
            if place.hasPrefix("docker-image://") {
                images[name] = .string(String(place.dropFirst(15)))
            } else if place.hasPrefix("oci-layout://") {
                let (folder, wanted) = Self.layout(String(place.dropFirst(13)))
                layouts[name] = .string(wanted)
                names.append(name)
                folders.append(folder)
            } else if try RemoteAddress(context: place) != nil {
                remotes[name] = .string(place)
            } else {
                names.append(name)
                folders.append(place)
            }
        }
        for folder in folders where !Files.isDirectory(folder) {
            throw EscaleError(.notFound, "failed to get build context: path \"\(folder)\" not found")
        }
        document["images"] = .object(images)
        document["remotes"] = .object(remotes)
        document["layouts"] = .object(layouts)
        document["contexts"] = JSON(names)
    }

    /// `FOLDER[:TAG][@DIGEST]`
    private static func layout(_ text: String) -> (folder: String, wanted: String) {
        if let at = text.firstRange(of: "@sha256:") {
            let folder = text[..<at.lowerBound]
            return (layout(String(folder)).folder, String(text[text.index(after: at.lowerBound)...]))
        }
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") else { return (text, "") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    /// The first bytes of our input.
    private static func head() throws(EscaleError) -> [UInt8] {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: TarHead.size)
        while head.count < TarHead.size {
            let n = try Sys.call("read") { read(0, &buffer, TarHead.size - head.count) }
            if n == 0 { break }
            head += buffer[..<n]
        }
        return head
    }

    /// What stays at home is said there.
    var ignoreFile: String? {
        guard case .folder(let folder) = main else { return nil }
        let own = ownIgnoreFile ?? "\(folder)/Dockerfile.dockerignore"
        return [own, "\(folder)/.dockerignore"].first(where: Files.exists)
    }

    // MARK: Sending

    func send(_ chunk: ([UInt8]) throws(EscaleError) -> Void) throws(EscaleError) {
        // The closure does not outlive this call.
        try withoutActuallyEscaping(chunk) { (chunk) throws(EscaleError) in
            for folder in folders {
                let ignore = "\(folder)/.dockerignore"
                try send(folder, ignore: Files.exists(ignore) ? ignore : nil, PieceSink(chunk))
            }
            let sink = PieceSink(chunk)
            switch main {
            case .folder(let folder): try send(folder, ignore: ignoreFile, sink)
            case .archive(let head):
                try sink.write(head)
                try DescriptorSource(0).copy(to: sink)
                try sink.finish()
            case .remote, .nothing: try sink.finish()
            }
        }
    }

    private func send(_ folder: String, ignore: String?, _ sink: PieceSink) throws(EscaleError) {
        let ignored = try LeftOut(ignore)
        try ContextArchive.write(folder, to: sink) { path, _ in ignored.keeps(path) }
    }
}

/// What the first bytes of an archive look like.
enum TarHead {
    /// A tar header's.
    static let size = 512

    static func isArchive(_ head: [UInt8]) -> Bool {
        let magics: [[UInt8]] = [
            [0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x28, 0xB5, 0x2F, 0xFD], Array("BZh".utf8)
        ]
        if magics.contains(where: { head.starts(with: $0) }) { return true }
        guard head.count >= size else { return false }
        // The sum of the header's bytes, its own place counted as blanks (POSIX.1, "ustar").
        let sum = head.prefix(size).enumerated().reduce(0) { sum, byte in
            sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
        }
        let written = head[148..<156].drop { $0 == 32 }.prefix { (48...55).contains($0) }
        return !written.isEmpty && Int(String(decoding: written, as: UTF8.self), radix: 8) == sum
    }
}

/// Paths that mean the same to the engine.
enum FileNames {
    static func absolute(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
