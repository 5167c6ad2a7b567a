import Archive
import Glibc
import Linux
import Support

/// How our own client sends a build (`Content-Type: application/vnd.escale.build.v1`): what the Docker API's
/// query has no room for comes first, then the contexts.
///
///     <bytes of the document, in decimal>\n<document>
///     for each context, the document's `contexts` in order, then the main one:
///         pieces of a tar: <4 bytes, big-endian: length><bytes>, a length of 0 at its end
package enum BuildWire {
    package static let contentType = "application/vnd.escale.build.v1"
}

/// A tar in pieces with their lengths.
package final class PieceSink: ByteSink {
    private let send: ([UInt8]) throws(EscaleError) -> Void
    private var buffer: [UInt8] = []

    package init(_ send: @escaping ([UInt8]) throws(EscaleError) -> Void) { self.send = send }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 17 { try flush() }
    }

    package func finish() throws(EscaleError) {
        try flush()
        try send([0, 0, 0, 0])
    }

    private func flush() throws(EscaleError) {
        guard !buffer.isEmpty else { return }
        let n = UInt32(buffer.count)
        try send([UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)])
        try send(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

/// The other end: one tar out of a stream of pieces.
private final class PieceSource: ByteSource {
    private let source: any ByteSource
    private var left = 0
    private var ended = false

    init(_ source: any ByteSource) { self.source = source }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        if ended { return 0 }
        if left == 0 {
            let head = try source.exactly(4)
            left = head.reduce(0) { $0 << 8 | Int($1) }
            if left == 0 {
                ended = true
                return 0
            }
        }
        let n = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(left)))
        guard n > 0 else { throw EscaleError(.invalid, "the build context ends early") }
        left -= n
        return n
    }
}

extension ByteSource {
    fileprivate func exactly(_ count: Int) throws(EscaleError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        var at = 0
        while at < count {
            var n = 0
            var failure: EscaleError?
            out.withUnsafeMutableBytes { raw in
                do throws(EscaleError) {
                    n = try read(into: UnsafeMutableRawBufferPointer(rebasing: raw[at...]))
                } catch { failure = error }
            }
            if let failure { throw failure }
            guard n > 0 else { throw EscaleError(.invalid, "the build request ends early") }
            at += n
        }
        return out
    }
}

/// What came with a build.
package struct ReceivedContext: Sendable {
    /// Our own client's document; `.null` from others.
    package var options: JSON = .null
    package var folder: String
    /// Named contexts that are folders.
    package var folders: [String: String] = [:]
}

extension ReceivedContext {
    /// Unpacks what `source` gives into the workspace. Blocks.
    package static func receive(_ source: any ByteSource, isOurs: Bool, into work: Workspace)
        throws(EscaleError) -> ReceivedContext
    {
        var received = ReceivedContext(folder: "\(work.folder)/context")
        if isOurs {
            var digits: [UInt8] = []
            while digits.count < 12 {
                let byte = try source.exactly(1)[0]
                if byte == 10 { break }
                digits.append(byte)
            }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), (0...(64 << 20)).contains(length)
            else { throw EscaleError(.invalid, "malformed build request") }
            received.options = try JSON.parse(try source.exactly(length))
            for (i, name) in (received.options["contexts"].array ?? []).compactMap(\.string).enumerated() {
                let folder = "\(work.folder)/context-\(i)"
                try unpack(PieceSource(source), into: folder)
                received.folders[name] = folder
            }
            try unpack(try Decompressor(PieceSource(source)), into: received.folder)
        } else {
            try unpack(try Decompressor(source), into: received.folder)
        }
        return received
    }

    static func unpack(_ tar: any ByteSource, into folder: String) throws(EscaleError) {
        try Files.makeDirectory(folder)
        let root = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
        var options = ExtractOptions.layer(compressed: 1 << 40)
        options.whiteouts = .literal
        do { _ = try TreeExtractor.extract(tar, into: root.raw, options) } catch {
            throw EscaleError.wrap(error).within("build context")
        }
        try tar.drain()
    }
}

/// Sends a folder: what `keeps` says no to stays out.
package enum ContextArchive {
    package static func write(
        _ folder: String, to sink: any ByteSink, keeps: (String, Bool) -> Bool
    ) throws(EscaleError) {
        let root = SourceRoot(try Sys.open(folder, O_RDONLY | O_DIRECTORY), name: folder)
        var set = FileSet()
        try root.collect("", as: "", into: &set, keeps: keeps)
        let writer = TarWriter(sink)
        var links: [UInt64: String] = [:]
        for item in set.items where !item.target.isEmpty {
            var entry = TarEntry(
                path: item.target, kind: item.kind, mode: item.mode, size: item.size, modified: item.modified,
                link: item.link, major: DeviceNumber.major(item.device),
                minor: DeviceNumber.minor(item.device))
            if let inode = item.inode {
                if let first = links[inode] {
                    entry.kind = .hardlink
                    entry.link = first
                    try writer.add(entry)
                    continue
                }
                links[inode] = item.target
            }
            guard item.kind == .file else {
                try writer.add(entry)
                continue
            }
            let file = try InRoot.open(root.raw, item.source, O_RDONLY | O_NONBLOCK)
            if let capability = ExtendedAttribute.get(file.raw, "security.capability") {
                entry.attributes = [.init(name: "security.capability", value: capability)]
            }
            try writer.add(entry, from: DescriptorSource(file.raw))
        }
        try writer.finish()
    }
}
