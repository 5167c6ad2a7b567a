import CArchive
import Glibc
import Linux
import Support

/// Reads an archive from a stream, a member at a time, over libarchive. As a `ByteSource` it gives the
/// content of the member that `next` has just returned.
public final class ArchiveReader: ByteSource {
    public enum Format: Sendable {
        /// Any dialect of tar; not compressed.
        case tar
        /// The format of static libraries and of Debian packages (deb(5)).
        case ar
        /// Anything: one member, decompressed (gzip, xz, zstd, or as it is).
        case raw
    }

    private let handle: OpaquePointer
    private let feed: Feed
    private let format: Format

    /// What libarchive's callback reads from.
    private final class Feed {
        let source: any ByteSource
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        var failure: EscaleError?

        init(_ source: any ByteSource) { self.source = source }
        deinit { buffer.deallocate() }
    }

    public init(_ source: any ByteSource, format: Format) throws(EscaleError) {
        guard let handle = archive_read_new() else {
            throw EscaleError(.noMemory, "archive: cannot allocate memory")
        }
        self.handle = handle
        self.format = format
        feed = Feed(source)
        archive_read_support_format_empty(handle)
        switch format {
        case .tar: archive_read_support_format_tar(handle)
        case .ar: archive_read_support_format_ar(handle)
        case .raw:
            archive_read_support_format_raw(handle)
            archive_read_support_filter_gzip(handle)
            archive_read_support_filter_bzip2(handle)
            archive_read_support_filter_xz(handle)
            archive_read_support_filter_zstd(handle)
        }
        let code = archive_read_open(
            handle, Unmanaged.passUnretained(feed).toOpaque(), nil,
            { _, data, out in
                guard let data, let out else { return -1 }
                let feed = Unmanaged<Feed>.fromOpaque(data).takeUnretainedValue()
                do throws(EscaleError) {
                    let n = try feed.source.read(into: feed.buffer)
                    out.pointee = UnsafeRawPointer(feed.buffer.baseAddress)
                    return n
                } catch {
                    feed.failure = error
                    return -1
                }
            }, nil)
        if code < ARCHIVE_WARN { throw failure() }
    }

    deinit { archive_read_free(handle) }

    /// The source's own error where it failed, else libarchive's: `.corrupt`.
    private func failure() -> EscaleError {
        if let failure = feed.failure { return failure }
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "unreadable"
        return EscaleError(.corrupt, "archive: \(text)")
    }

    /// The next member; nil at the end. Skips what is left of the present one.
    public func next() throws(EscaleError) -> TarEntry? {
        var pointer: OpaquePointer?
        while true {
            let code = archive_read_next_header(handle, &pointer)
            if code == ARCHIVE_EOF { return nil }
            if code == ARCHIVE_RETRY { continue }
            // A warning says that a name does not fit the locale: the bytes are there all the same.
            guard code >= ARCHIVE_WARN, let pointer else { throw failure() }
            return try entry(pointer)
        }
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        while true {
            let n = archive_read_data(handle, buffer.baseAddress, buffer.count)
            if n >= 0 { return Int(n) }
            if n == Int(ARCHIVE_RETRY) || n == Int(ARCHIVE_WARN) { continue }
            throw failure()
        }
    }

    /// Writes the content of the member that `next` returned into an empty file, leaving holes where it
    /// is sparse.
    func copyContent(to file: Int32, _ entry: TarEntry) throws(EscaleError) {
        var block: UnsafeRawPointer?
        var size = 0
        var offset: la_int64_t = 0
        var end: Int64 = 0
        while true {
            let code = archive_read_data_block(handle, &block, &size, &offset)
            if code == ARCHIVE_EOF { break }
            if code == ARCHIVE_RETRY { continue }
            guard code >= ARCHIVE_WARN else { throw failure() }
            // Otherwise a crafted map of a sparse file could write beyond what was counted.
            guard offset >= end, Int64(size) <= entry.size - offset else {
                throw EscaleError(.corrupt, "archive: content beyond its size")
            }
            var rest = UnsafeRawBufferPointer(start: block, count: size)
            var at = offset
            while !rest.isEmpty {
                let n = try Sys.call("write") { pwrite(file, rest.baseAddress, rest.count, off_t(at)) }
                rest = UnsafeRawBufferPointer(rebasing: rest[n...])
                at += Int64(n)
            }
            end = at
        }
        if end < entry.size { try Sys.call("ftruncate") { ftruncate(file, off_t(entry.size)) } }
    }

    private func entry(_ e: OpaquePointer) throws(EscaleError) -> TarEntry {
        let path = try text(archive_entry_pathname(e), "name")
        var kind: TarEntry.Kind
        switch archive_entry_filetype(e) {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        case S_IFCHR: kind = .character
        case S_IFBLK: kind = .block
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        default: kind = .file
        }
        var link = ""
        if let target = archive_entry_hardlink(e) {
            kind = .hardlink
            link = try text(target, "link")
        } else if kind == .symlink {
            link = try text(archive_entry_symlink(e), "link")
        }
        guard let uid = UInt32(exactly: archive_entry_uid(e)), let gid = UInt32(exactly: archive_entry_gid(e))
        else { throw EscaleError(.corrupt, "archive: \(path): owner out of range") }
        return TarEntry(
            path: path, kind: kind, mode: UInt32(archive_entry_perm(e)), uid: uid, gid: gid,
            size: kind == .file ? archive_entry_size(e) : 0, modified: modified(e), link: link,
            major: UInt32(truncatingIfNeeded: archive_entry_rdevmajor(e)),
            minor: UInt32(truncatingIfNeeded: archive_entry_rdevminor(e)),
            attributes: try attributes(e, path))
    }

    private func text(_ c: UnsafePointer<CChar>?, _ what: String) throws(EscaleError) -> String {
        guard let c else { throw EscaleError(.corrupt, "archive: a member has no \(what)") }
        guard let text = String(validatingCString: c) else {
            throw EscaleError(
                .invalid, "archive: \(what) \"\(String(cString: c))\" is not UTF-8")
        }
        return text
    }

    /// Seconds out of a Timestamp's range are cut to it.
    private func modified(_ e: OpaquePointer) -> Timestamp {
        let limit: Int64 = 9_000_000_000
        let seconds = min(max(Int64(archive_entry_mtime(e)), -limit), limit)
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + Int64(archive_entry_mtime_nsec(e)))
    }

    private func attributes(_ e: OpaquePointer, _ path: String) throws(EscaleError) -> [TarEntry.Attribute] {
        guard archive_entry_xattr_reset(e) > 0 else { return [] }
        var list: [TarEntry.Attribute] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK {
            let bytes = UnsafeRawBufferPointer(start: value, count: size)
            list.append(.init(name: try text(name, "attribute of \(path)"), value: Array(bytes)))
        }
        return list.sorted { $0.name < $1.name }
    }
}

/// Decompresses gzip, bzip2, xz or zstd, told by their first bytes; passes anything else on as it is.
public final class Decompressor: ByteSource {
    private let reader: ArchiveReader
    private let isEmpty: Bool

    public init(_ source: any ByteSource) throws(EscaleError) {
        reader = try ArchiveReader(source, format: .raw)
        isEmpty = try reader.next() == nil
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        isEmpty ? 0 : try reader.read(into: buffer)
    }
}
