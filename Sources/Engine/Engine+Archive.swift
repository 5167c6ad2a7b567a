import Glibc
import Linux
import Support
import Synchronization

/// Files of a container, for `docker cp`: the work is done by `escale rootfs`, which joins the
/// container's mount namespace in a process of its own.
extension Engine {
    /// How to reach a container's files.
    package struct ArchiveTarget: Sendable {
        let options: [String]
        let name: String
        package let path: String
        let isReadOnly: Bool
    }

    /// - Parameter oneMount: without volumes, `/proc` and whatever else is mounted in it.
    package func archiveTarget(_ reference: String, path: String, oneMount: Bool = false) throws(EscaleError)
        -> ArchiveTarget
    {
        guard !path.isEmpty else { throw EscaleError(.invalid, "bad parameter: path cannot be empty") }
        let c = try find(reference)
        var options: [String]
        if c.state.isRunning {
            options = ["--pid", "\(c.state.pid)"]
        } else {
            let image = try images.find(c.record.image)
            options = [
                "--lower", image.layers.joined(separator: ":"), "--upper", c.paths.upper, "--work",
                c.paths.work
            ]
        }
        if oneMount { options.append("--one-mount") }
        options.append(path.hasPrefix("/") ? path : "/" + path)
        return ArchiveTarget(
            options: options, name: reference, path: path,
            isReadOnly: c.options.readOnlyRoot)
    }

    /// Docker's document on one path: name, size, mode, mtime, linkTarget.
    package nonisolated func archiveStat(_ target: ArchiveTarget) async throws(EscaleError) -> JSON {
        let result = try await Blocking.run { () throws(EscaleError) in
            try Spawn.run("/proc/self/exe", ["rootfs", "stat"] + target.options)
        }
        guard result.status == 0 else { throw Self.archiveError(result.errorText, target) }
        return try JSON.parse(result.out)
    }

    private static func archiveError(_ text: String, _ target: ArchiveTarget) -> EscaleError {
        let line = text.split(separator: "\n").first.map(String.init) ?? "the copy failed"
        if line.hasSuffix("no such file or directory") {
            return EscaleError(
                .notFound, "Could not find the file \(target.path) in container \(target.name)")
        }
        let isRequest = ["not a directory", "read-only file system", "file exists", "is a directory"]
            .contains { line.contains($0) }
        return EscaleError(isRequest ? .invalid : .internal, line)
    }

    /// A tar of the path, in pieces.
    package nonisolated func archiveGet(
        _ target: ArchiveTarget, _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let child = try ArchiveChild.start(target, "get")
        defer { child.end() }
        while let piece = try await child.read() { try await write(piece) }
        let (status, text) = try await child.finish()
        if status != 0 { throw Self.archiveError(text, target) }
    }

    /// Unpacks the tar that `next` gives, piece by piece, into the folder.
    package nonisolated func archivePut(
        _ target: ArchiveTarget, keepsKinds: Bool, _ next: @Sendable () async -> [UInt8]?
    ) async throws(EscaleError) {
        if target.isReadOnly { throw EscaleError(.denied, "container rootfs is marked read-only") }
        let child = try ArchiveChild.start(target, "put", keepsKinds ? ["--keep-kinds"] : [])
        defer { child.end() }
        while let piece = await next() {
            // A child that has ended early says why at its end.
            guard try await child.write(piece) else { break }
        }
        let (status, text) = try await child.finish()
        if status != 0 { throw Self.archiveError(text, target) }
    }
}

/// One `escale rootfs get|put`, with its tar on a pipe.
private final class ArchiveChild: Sendable {
    private let pid: pid_t
    /// Our end: its output, or its input.
    private let pipe: Mutex<Int32>
    private let errors: FD
    private let reaped = Mutex(false)

    static func start(_ target: Engine.ArchiveTarget, _ verb: String, _ more: [String] = [])
        throws(EscaleError)
        -> ArchiveChild
    {
        let data = try Sys.pipe()
        let errors = try Sys.pipe()
        let null = try Sys.open("/dev/null", O_RDWR)
        let isGet = verb == "get"
        let theirs = FD(owning: isGet ? data.write : data.read)
        let errorEnd = FD(owning: errors.write)
        let ours = isGet ? data.read : data.write
        do {
            let pid = try Spawn.start(
                "/proc/self/exe", ["rootfs", verb] + more + target.options,
                descriptors: [
                    0: isGet ? null.raw : theirs.raw, 1: isGet ? theirs.raw : null.raw, 2: errorEnd.raw
                ])
            return ArchiveChild(pid: pid, pipe: ours, errors: errors.read)
        } catch {
            close(ours)
            close(errors.read)
            throw error
        }
    }

    private init(pid: pid_t, pipe: Int32, errors: Int32) {
        self.pid = pid
        self.pipe = Mutex(pipe)
        self.errors = FD(owning: errors)
    }

    /// nil at the end.
    func read() async throws(EscaleError) -> [UInt8]? {
        let fd = pipe.withLock { $0 }
        return try await Blocking.run { () throws(EscaleError) in
            var buffer = [UInt8](repeating: 0, count: 65536)
            let n = try Sys.call("read") { Glibc.read(fd, &buffer, buffer.count) }
            return n == 0 ? nil : Array(buffer[..<n])
        }
    }

    /// False when the child reads no more.
    func write(_ bytes: [UInt8]) async throws(EscaleError) -> Bool {
        let fd = pipe.withLock { $0 }
        return try await Blocking.run { () throws(EscaleError) in
            do throws(EscaleError) {
                try Sys.writeAll(fd, bytes)
                return true
            } catch {
                if error.errno == EPIPE { return false }
                throw error
            }
        }
    }

    private func closePipe() {
        pipe.withLock { fd in
            if fd >= 0 { close(fd) }
            fd = -1
        }
    }

    /// Its status and what it said.
    func finish() async throws(EscaleError) -> (Int32, String) {
        closePipe()
        return try await Blocking.run { () throws(EscaleError) in
            let text = try Files.readAll(self.errors.raw, limit: 65536)
            let status = try Spawn.wait(self.pid)
            self.reaped.withLock { $0 = true }
            return (status, String(decoding: text, as: UTF8.self))
        }
    }

    /// For every way out: a child that was left in the middle is killed.
    func end() {
        closePipe()
        if reaped.withLock({ $0 }) { return }
        kill(pid, SIGKILL)
        let pid = pid
        Blocking.shared.submit { _ = try? Spawn.wait(pid) }
    }
}
