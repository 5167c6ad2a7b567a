import CArchive
import Glibc
import Linux
import Support

/// Where bytes are written in order. Not for several threads at once.
public protocol ByteSink: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError)
    /// After the last byte: writes out what is held back, here and further down.
    func finish() throws(EscaleError)
}

extension ByteSink {
    public func write(_ bytes: [UInt8]) throws(EscaleError) {
        var failure: EscaleError?
        bytes.withUnsafeBytes { raw in
            do throws(EscaleError) { try write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

/// A descriptor, which stays its owner's.
public final class DescriptorSink: ByteSink {
    private let fd: Int32
    public init(_ fd: Int32) { self.fd = fd }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError) {
        var rest = bytes
        while !rest.isEmpty {
            let n = try Sys.call("write") { Glibc.write(fd, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[n...])
        }
    }

    public func finish() {}
}

public final class BytesSink: ByteSink {
    public private(set) var bytes: [UInt8] = []
    public init() {}
    public func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
    public func finish() {}
}

/// Passes bytes on, and knows their SHA-256 and count.
public final class HashingSink: ByteSink {
    private let next: any ByteSink
    private var hash = SHA256()
    public private(set) var count: Int64 = 0

    public init(_ next: any ByteSink) { self.next = next }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError) {
        hash.update(bytes)
        count += Int64(bytes.count)
        try next.write(bytes)
    }

    public func finish() throws(EscaleError) { try next.finish() }

    /// Lower-case hexadecimal, of what has been written so far.
    public var hex: String { hash.hex }
}

/// Compresses as gzip (RFC 1952) with no name and no time in the header, so that the same input gives
/// the same output.
public final class GzipSink: ByteSink {
    private let next: any ByteSink
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    public init(_ next: any ByteSink) throws(EscaleError) {
        self.next = next
        stream.initialize(to: z_stream())
        // 15 bits of window, +16 for gzip's own header (zlib.h, deflateInit2).
        let code = deflateInit2_(
            stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw EscaleError(.noMemory, "deflate: error \(code)") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        buffer.deallocate()
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError) {
        guard !bytes.isEmpty else { return }
        try deflate(bytes, Z_NO_FLUSH)
    }

    public func finish() throws(EscaleError) {
        try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH)
        try next.finish()
    }

    private func deflate(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) throws(EscaleError) {
        // zlib only reads through next_in; its type lacks a const.
        let input = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
        stream.pointee.next_in = input?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(buffer.count)
            let code = CArchive.deflate(stream, flush)
            guard code >= Z_OK || code == Z_BUF_ERROR else {
                throw EscaleError(.internal, "deflate: error \(code)")
            }
            let count = buffer.count - Int(stream.pointee.avail_out)
            if count > 0 { try next.write(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        } while stream.pointee.avail_out == 0
    }
}
