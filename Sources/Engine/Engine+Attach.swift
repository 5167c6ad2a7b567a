import ShimProtocol
import Support

/// What a client needs for attaching.
package struct AttachTarget: Sendable {
    package let id: String
    package let terminal: Bool
    package let openStdin: Bool
    package let token: UInt64
    package let logPath: String
}

extension Engine {
    /// Looks the container up before the connection is taken over: an error is still an HTTP answer.
    package func attachTarget(_ reference: String) throws(EscaleError) -> AttachTarget {
        let c = try find(reference)
        if c.state.status == .paused {
            throw conflict("container \(c.id) is paused, unpause the container before attach")
        }
        if c.state.status == .removing || c.state.status == .dead {
            throw conflict("container \(c.id) is marked for removal")
        }
        return AttachTarget(
            id: c.id, terminal: c.options.tty, openStdin: c.options.openStdin, token: token(),
            logPath: c.paths.log)
    }

    /// Connects at once to a running container, or with its next start.
    package func attach(
        _ target: AttachTarget, connect: @escaping @Sendable (String) async -> Void,
        drop: @escaping @Sendable () -> Void
    ) async {
        guard let c = containers[target.id] else {
            drop()
            return
        }
        emit(c, "attach")
        if c.state.isRunning, c.link != nil {
            await connect(c.paths.socket)
        } else {
            c.attachments.append(AttachWaiter(token: target.token, connect: connect, drop: drop))
        }
    }

    /// The client has left while it waited.
    package func forgetAttach(_ target: AttachTarget) {
        containers[target.id]?.attachments.removeAll { $0.token == target.token }
    }

    package func detached(_ target: AttachTarget) {
        if let c = containers[target.id] { emit(c, "detach") }
    }
}

/// The line that makes a connection to a shim a stream.
package enum AttachRequest {
    package static func line(stdin: Bool, stdout: Bool, stderr: Bool) -> [UInt8] {
        let request = ShimRequest.attach(stdin: stdin, stdout: stdout, stderr: stderr)
        // Three booleans always encode.
        return ((try? JSON.encode(request))?.bytes() ?? []) + [10]
    }
}
