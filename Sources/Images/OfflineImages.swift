import Archive
import Linux
import OCI
import Support

/// The images that a kit has without any registry, made from a Debian package and the readable files of
/// `labs/images`. The same package version and files give the same digests on every machine.
public struct OfflineImages: Sendable {
    public static let names = ["busybox:latest", "escale/web:1", "escale/web:2", "escale/ailleurs:1"]
    /// These need more Debian packages: a kit that can't have them does without.
    public static let optional = ["escale/marees:1", "escale/marees:2"]

    /// What `prepare` did.
    public struct Report: Sendable, Equatable {
        /// False when all was there already.
        public let changed: Bool
        /// e.g. `busybox-static 1:1.35.0-4 amd64`.
        public let package: String
        /// Of `names`, in their order, then of `optional` where they could be made.
        public let images: [Image]
        /// Why `optional` could not be made.
        public var missing: String?
    }

    let kit: Kit
    let store: ImageStore
    /// `labs/images`.
    let files: String

    /// Raised when the making itself changes, so that kits make their images again.
    static let format = 2

    /// Makes the images that are missing or were made from other files. Takes milliseconds when there
    /// is nothing to do.
    /// - Parameters:
    ///   - labs: the folder of the labs; nil finds it (`LabsFolder`).
    ///   - progress: phases `package`, `busybox`, `web`, `elsewhere` and `tides`; none when there is nothing to do.
    @discardableResult
    public static func prepare(
        kit: Kit, labs: String? = nil, progress: (SetupProgress) -> Void = { _ in }
    ) throws(EscaleError) -> Report {
        let folder: String
        if let labs { folder = labs } else { folder = try LabsFolder.path }
        return try OfflineImages(kit: kit, store: ImageStore(kit: kit), files: "\(folder)/images").run(
            progress)
    }

    private func run(_ progress: (SetupProgress) -> Void) throws(EscaleError) -> Report {
        let content = try FolderContent.hash(files)
        if let report = upToDate(content) { return report }
        try Files.makeDirectory(kit.cache)
        // Two set-ups at once: the second finds the work done.
        let lock = try FileLock("\(kit.cache)/.images-lock")
        defer { _ = lock }
        if let report = upToDate(content) { return report }

        let source = try SetupProgress.measure("package", progress) { () throws(EscaleError) in
            let source = try BusyboxSource.find(kit)
            return (source, detail: source.package)
        }
        let busybox = try SetupProgress.measure("busybox", progress) { () throws(EscaleError) in
            let image = try makeBusybox(source)
            return (image, detail: image.id.short)
        }
        let web = try SetupProgress.measure("web", progress) { () throws(EscaleError) in
            let images = [
                try makeWeb(1, on: busybox, source), try makeWeb(2, on: busybox, source)
            ]
            return (images, detail: images.map(\.id.short).joined(separator: " "))
        }
        let elsewhere = try SetupProgress.measure("elsewhere", progress) { () throws(EscaleError) in
            let image = try makeElsewhere(source)
            return (image, detail: image.id.short)
        }
        var report = Report(changed: true, package: source.package, images: [busybox] + web + [elsewhere])
        do throws(EscaleError) {
            let tides = try SetupProgress.measure("tides", progress) { () throws(EscaleError) in
                let images = try makeTides(on: busybox, source, try TidesSource.find(kit))
                return (images, detail: images.map(\.id.short).joined(separator: " "))
            }
            report = Report(changed: true, package: source.package, images: report.images + tides)
        } catch { report.missing = error.message }
        try writeStamp(content, source.package)
        return report
    }

    // MARK: Stamp

    private var stampPath: String { "\(kit.cache)/images.json" }

    private struct Stamp: Codable, Equatable {
        var format: Int
        var content: String
        var package: String
    }

    /// The report, where the last set-up used the same files and its images are all still there, by
    /// whatever content: a learner may have given a name to another image.
    private func upToDate(_ content: String) -> Report? {
        guard let text = try? Files.text(stampPath), let json = try? JSON.parse(text),
            let stamp: Stamp = try? json.decode(), stamp.format == Self.format, stamp.content == content
        else { return nil }
        var images: [Image] = []
        for name in Self.names + Self.optional {
            guard let image = try? store.resolve(name),
                image.diffIDs.allSatisfy({ store.unpackedSize($0) != nil }),
                image.layers.allSatisfy(store.hasBlob)
            else { return nil }
            images.append(image)
        }
        return Report(changed: false, package: stamp.package, images: images)
    }

    private func writeStamp(_ content: String, _ package: String) throws(EscaleError) {
        let stamp = Stamp(format: Self.format, content: content, package: package)
        try Files.replace(stampPath, try JSON.encode(stamp).bytes(pretty: true))
    }
}

extension Reference {
    /// The kit's own images are made here: at Docker Hub the name could be anybody's.
    public var mayBePulled: Bool { domain != Self.defaultDomain || !path.hasPrefix("escale/") }
}
