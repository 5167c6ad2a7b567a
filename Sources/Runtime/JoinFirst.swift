import CLinux
import Glibc
import Linux
import Support

/// The birth of a container's process when other namespaces have to be joined before its own are made:
/// the runtime can't, since from a user namespace there is no way back. A process in between does, and
/// makes the container's as its sibling (CLONE_PARENT), so that it is the runtime's child all the same.
enum JoinFirst {
    private static let cloneParent: UInt64 = 0x8000

    /// As `Sys.clone`: 0 in the container's process.
    /// - Parameters:
    ///   - flags: the container's own namespaces, made after `join`.
    ///   - oomScore: inherited as well, since from the other user namespace it can't be set.
    static func clone(
        _ flags: UInt64, cgroup: Int32, oomScore: Int?, steps: Steps,
        join: () throws(EscaleError) -> Void
    ) throws(EscaleError) -> (pid: pid_t, pidfd: Int32) {
        let (ours, theirs) = try PacketSocket.pair()
        let sync = PacketSocket(FD(owning: ours))
        let far = PacketSocket(FD(owning: theirs))
        // In the cgroup already, for its child to inherit: in the other user namespace it may not enter.
        let between = try Sys.clone(0, cgroup: cgroup)
        if between.pid == 0 {
            do throws(EscaleError) {
                try ContainerProcess.setOOMScore(oomScore, steps)
                try join()
                let cloned = try Sys.clone(flags | cloneParent)
                if cloned.pid == 0 { return cloned }
                try far.send(Array("\(cloned.pid)".utf8), descriptor: cloned.pidfd)
                _exit(0)
            } catch {
                try? far.send(SyncMessage.failed(.init(error, step: steps.failed)).bytes)
                _exit(1)
            }
        }
        close(between.pidfd)
        _ = consume far
        let (bytes, pidfd) = try sync.receive()
        waitpid(between.pid, nil, 0)
        if let pid = pid_t(String(decoding: bytes, as: UTF8.self)), pidfd >= 0 { return (pid, pidfd) }
        guard case .failed(let failure) = SyncMessage(bytes) else {
            throw EscaleError(.internal, "the process that joins namespaces died")
        }
        steps.fail(failure.step)
        throw failure.error
    }
}
