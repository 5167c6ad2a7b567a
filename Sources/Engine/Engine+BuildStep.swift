import CLinux
import Glibc
import Linux
import OCI
import Support

/// One command of a build. It runs in a container like any other: same safety, same network, found and
/// removed by the next daemon when this one dies.
package struct BuildStep: Sendable {
    /// The layers below, and who it is for in events and lists.
    package var image: EngineImage
    /// Docker's `Config`: command, environment, user, working directory.
    package var config: JSONObject
    /// Docker's `HostConfig`: network, limits.
    package var host: JSONObject
    package var mounts: [RuntimeSpec.Mount]
    /// In no record of the container.
    package var secretEnvironment: [String]
    /// Where the files that it wrote go, as overlayfs keeps them: a path that does not exist yet, on the
    /// file system of the kit's root.
    package var upper: String

    package init(
        image: EngineImage, config: JSONObject, host: JSONObject, mounts: [RuntimeSpec.Mount],
        secretEnvironment: [String], upper: String
    ) {
        self.image = image
        self.config = config
        self.host = host
        self.mounts = mounts
        self.secretEnvironment = secretEnvironment
        self.upper = upper
    }

    package struct End: Sendable {
        package let status: Int
        package let oomKilled: Bool
    }
}

extension Container {
    static let buildLabel = "fr.escale.build"
    /// Such a container is of no use without the build that waits for it.
    var isBuildStep: Bool { !JSON.object(options.config)["Labels"][Self.buildLabel].isNull }
}

extension Engine {
    /// Runs a step to its end. Cancelled, it is killed. Nothing of its container is left in any case.
    /// - Parameters:
    ///   - began: told the container's id.
    ///   - output: what it writes, as it comes; 1 for stdout, 2 for stderr.
    package func run(
        _ step: BuildStep, began: @Sendable (String) -> Void,
        output: @escaping @Sendable (UInt8, [UInt8]) -> Void
    ) async throws(EscaleError) -> BuildStep.End {
        var body = step.config
        body["Image"] = .string(step.image.id)
        body["Labels"] = [Container.buildLabel: ""]
        body["HostConfig"] = .object(step.host)
        let id = try create(name: nil, body: .object(body), image: step.image).id
        guard let c = containers[id] else { throw EscaleError(.internal, "no container") }
        c.moreMounts = step.mounts
        c.moreEnvironment = step.secretEnvironment
        began(id)
        do {
            let end = try await runToEnd(c, output)
            try Sys.call("rename", step.upper) { Glibc.rename(c.paths.upper, step.upper) }
            try await remove(id, force: true, volumes: true)
            return end
        } catch {
            // A cancelled one may have gone already.
            do { try await remove(id, force: true, volumes: true) } catch  where error.code == .notFound {
            } catch { log(error.message) }
            throw error
        }
    }

    private func runToEnd(_ c: Container, _ output: @escaping @Sendable (UInt8, [UInt8]) -> Void)
        async throws(EscaleError) -> BuildStep.End
    {
        let (outputEnd, written) = AsyncStream.makeStream(of: Void.self)
        c.attachments.append(
            AttachWaiter(
                token: token(),
                connect: { socket in
                    guard let reader = try? StepOutput(socket) else { return written.finish() }
                    Threads.start {
                        reader.read(output)
                        written.finish()
                    }
                },
                drop: { written.finish() }))
        _ = try await start(c.id)
        let id = c.id
        let result = try wait(id, .notRunning)
        await withTaskCancellationHandler {
            for await _ in result {}
        } onCancel: {
            Task { try? await self.remove(id, force: true, volumes: true) }
        }
        if Task.isCancelled { throw EscaleError(.interrupted, "the build was cancelled") }
        for await _ in outputEnd {}
        // Until the kernel has taken the overlay down, its upper folder is not ours.
        await c.reaping?.value
        return BuildStep.End(status: c.state.exitCode, oomKilled: c.state.oomKilled)
    }
}

/// The framed output of a shim's attach stream.
private final class StepOutput: Sendable {
    private let fd: FD

    init(_ socket: String) throws(EscaleError) {
        fd = try UnixSocket.connect(socket)
        try Sys.writeAll(fd.raw, AttachRequest.line(stdin: false, stdout: true, stderr: true))
    }

    /// To its end.
    func read(_ output: (UInt8, [UInt8]) -> Void) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while let n = try? Sys.call("read", "", { Glibc.read(fd.raw, &buffer, buffer.count) }), n > 0 {
            pending.append(contentsOf: buffer[..<n])
            var at = 0
            while pending.count - at >= 8 {
                let length = pending[(at + 4)..<(at + 8)].reduce(0) { $0 << 8 | Int($1) }
                guard pending.count - at - 8 >= length else { break }
                output(pending[at], Array(pending[(at + 8)..<(at + 8 + length)]))
                at += 8 + length
            }
            pending.removeFirst(at)
        }
    }
}
