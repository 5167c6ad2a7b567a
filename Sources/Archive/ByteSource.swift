import Glibc
import Linux
import Support

/// Bytes read in order. Not for several threads at once.
public protocol ByteSource: AnyObject {
    /// Fills some of the buffer; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int
}

extension ByteSource {
    /// All that is left. Throws `.invalid` beyond `limit` bytes.
    public func readAll(limit: Int = .max) throws(EscaleError) -> [UInt8] {
        var out: [UInt8] = []
        try forEachChunk { (chunk) throws(EscaleError) in
            guard out.count + chunk.count <= limit else {
                throw EscaleError(.invalid, "more than \(limit) bytes")
            }
            out.append(contentsOf: chunk)
        }
        return out
    }

    /// Reads to the end, so that everything passes those who listen on the way; the bytes' count.
    @discardableResult
    public func drain() throws(EscaleError) -> Int64 {
        var count: Int64 = 0
        try forEachChunk { (chunk) throws(EscaleError) in count += Int64(chunk.count) }
        return count
    }

    public func copy(to sink: any ByteSink) throws(EscaleError) {
        try forEachChunk { (chunk) throws(EscaleError) in try sink.write(chunk) }
    }

    /// Calls `body` for each piece, to the end.
    public func forEachChunk(_ body: (UnsafeRawBufferPointer) throws(EscaleError) -> Void) throws(EscaleError)
    {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let n = try read(into: buffer)
            if n == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<n]))
        }
    }
}

/// A descriptor, which stays its owner's.
public final class DescriptorSource: ByteSource {
    private let fd: Int32
    public init(_ fd: Int32) { self.fd = fd }
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        try Sys.read(fd, into: buffer)
    }
}

/// A file, opened now and closed with this.
public final class FileSource: ByteSource {
    private let fd: FD
    public init(_ path: String) throws(EscaleError) { fd = try Sys.open(path, O_RDONLY) }
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        try Sys.read(fd.raw, into: buffer)
    }
}

public final class BytesSource: ByteSource {
    private var rest: ArraySlice<UInt8>
    public init(_ bytes: [UInt8]) { rest = bytes[...] }
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        let n = min(buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(n))
        rest = rest.dropFirst(n)
        return n
    }
}

/// Passes another source's bytes on, and knows their hash and count.
public final class HashingSource: ByteSource {
    private let source: any ByteSource
    private var hash: ContentHash
    public private(set) var count: Int64 = 0

    public init(_ source: any ByteSource, _ hash: ContentHash = .sha256(SHA256())) {
        self.source = source
        self.hash = hash
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        let n = try source.read(into: buffer)
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<n]))
        count += Int64(n)
        return n
    }

    /// Lower-case hexadecimal, of what has been read so far.
    public var hex: String { hash.hex }
}

/// Passes another source's bytes on, and tells how many they were.
public final class CountingSource: ByteSource {
    private let source: any ByteSource
    private let step: Int64
    private let told: (Int64) -> Void
    private var count: Int64 = 0
    private var next: Int64

    /// - Parameter step: bytes between two calls of `told`.
    public init(_ source: any ByteSource, step: Int64, _ told: @escaping (Int64) -> Void) {
        self.source = source
        self.step = step
        self.told = told
        next = step
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
        let n = try source.read(into: buffer)
        count += Int64(n)
        if count >= next {
            told(count)
            next = count + step
        }
        return n
    }
}
