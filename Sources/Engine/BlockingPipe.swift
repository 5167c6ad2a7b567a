import Archive
import Glibc
import Linux
import Support
import Synchronization

/// Streams between blocking work, on a thread of its own, and a client that is served asynchronously:
/// a pipe, whose size is the back-pressure.
package enum BlockingPipe {
    /// Hands what `produce` writes over in pieces. A client that leaves ends the work with EPIPE.
    package static func read(
        _ write: @Sendable ([UInt8]) async throws -> Void,
        from produce: @escaping @Sendable (any ByteSink) throws(EscaleError) -> Void
    ) async throws {
        let (input, output) = try Sys.pipe()
        let reader = Descriptor(input)
        let writer = Descriptor(output)
        async let work: Void = Blocking.run { () throws(EscaleError) in
            defer { writer.close() }
            try produce(DescriptorSink(output))
        }
        do {
            while true {
                let piece = try await Blocking.run { () throws(EscaleError) in
                    var buffer = [UInt8](repeating: 0, count: 1 << 16)
                    let n = try Sys.call("read") { Glibc.read(input, &buffer, buffer.count) }
                    return Array(buffer[..<n])
                }
                if piece.isEmpty { break }
                try await write(piece)
            }
        } catch {
            reader.close()
            _ = try? await work
            throw error
        }
        reader.close()
        try await work
    }

    /// Gives `consume` what `next` gives, piece by piece, until nil.
    static func write<T: Sendable>(
        _ next: @Sendable () async throws(EscaleError) -> [UInt8]?,
        to consume: @escaping @Sendable (any ByteSource) throws(EscaleError) -> T
    ) async throws(EscaleError) -> T {
        let (input, output) = try Sys.pipe()
        let reader = Descriptor(input)
        let writer = Descriptor(output)
        let source = GuardedSource(input)
        let work = Task { () throws(EscaleError) -> T in
            try await Blocking.run { () throws(EscaleError) in
                defer { reader.close() }
                return try consume(source)
            }
        }
        do {
            while let piece = try await next() {
                let isOpen = try await Blocking.run { () throws(EscaleError) in
                    do throws(EscaleError) {
                        try Sys.writeAll(output, piece)
                        return true
                    } catch {
                        if error.errno == EPIPE { return false }
                        throw error
                    }
                }
                // Who reads no more says why at its end.
                if !isOpen { break }
            }
        } catch {
            source.fail(error)
            writer.close()
            _ = await work.result
            throw error
        }
        writer.close()
        switch await work.result {
        case .success(let value): return value
        case .failure(let error): throw EscaleError.wrap(error)
        }
    }

    /// What was cut off must not end as if it were whole.
    private final class GuardedSource: ByteSource, Sendable {
        private let fd: Int32
        private let failure = Mutex<EscaleError?>(nil)

        init(_ fd: Int32) { self.fd = fd }

        func fail(_ error: EscaleError) { failure.withLock { $0 = error } }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(EscaleError) -> Int {
            let n = try Sys.read(fd, into: buffer)
            if n == 0, let failure = failure.withLock({ $0 }) { throw failure }
            return n
        }
    }

    /// A descriptor that two sides may close: the first does.
    private final class Descriptor: Sendable {
        private let raw: Mutex<Int32>
        init(_ raw: Int32) { self.raw = Mutex(raw) }
        func close() {
            raw.withLock { fd in
                if fd >= 0 { Glibc.close(fd) }
                fd = -1
            }
        }
        deinit { close() }
    }
}
