import Glibc
import Linux
import NIOCore

/// A part of an open file as an answer's body: the kernel sends it (sendfile(2)) where the connection is
/// plain. Closed when it is sent, or dropped.
package final class FileBody: Sendable {
    let handle: NIOFileHandle
    package let offset: Int
    package let count: Int

    /// - Parameters:
    ///   - offset: of the first byte.
    ///   - count: bytes to send.
    package init(_ fd: consuming FD, offset: Int64, count: Int64) {
        // NIO wants descriptors by its file system package; we open them on our own terms.
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: fd.release())
        self.offset = Int(offset)
        self.count = Int(count)
    }

    deinit { close() }

    func close() {
        // Closed twice is no harm: it was sent.
        try? handle.close()
    }

    var region: FileRegion { FileRegion(fileHandle: handle, readerIndex: offset, endIndex: offset + count) }

    /// A piece of it in memory, for connections that encrypt; nil when the file has become shorter.
    func read(at position: Int, limit: Int) -> ByteBuffer? {
        var buffer = ByteBuffer()
        let wanted = min(limit, offset + count - position)
        let n = try? handle.withUnsafeFileDescriptor { fd in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { raw in
                max(0, pread(fd, raw.baseAddress, wanted, position))
            }
        }
        return (n ?? 0) > 0 ? buffer : nil
    }
}
