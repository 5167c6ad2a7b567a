import Glibc
import Linux
import OCI
import ShimProtocol
import Support

/// One container in the engine's memory. Belongs to the actor: nothing outside touches it.
final class Container {
    var record: ContainerRecord
    var state: ContainerState
    let paths: ContainerPaths
    /// Held by operations that must not overlap: start, remove, rename, update.
    let lock = AsyncLock()

    /// What it is made from, where that is no image of the store: a step of a build.
    var image: EngineImage?
    /// Mounts besides those of its options: a build's.
    var moreMounts: [RuntimeSpec.Mount] = []
    var moreEnvironment: [String] = []

    /// The living shim.
    var link: (any ShimLink)?
    /// Ends when the kernel has taken the last shim's process down.
    var reaping: Task<Void, Never>?
    /// Tells a start what its shim says.
    var launching: AsyncStream<LaunchEvent>.Continuation?
    /// What the shim said before it went.
    var lastExit: ShimExit?
    /// The shim went while its start was still being written down: the start sees to the end.
    var endedInLaunch = false
    /// The shim said that its start failed and that nothing is left of it.
    var failedCleanly = false
    /// Its end is being written down and cleaned up after.
    var isEnding = false
    var settleWaiters: [CheckedContinuation<Void, Never>] = []
    var attachments: [AttachWaiter] = []
    var waiters: [Waiter] = []
    var execs: [String: Exec] = [:]
    /// Milliseconds of the last wait before a restart.
    var backOff = 0
    var startedAt = Monotonic(nanoseconds: 0)
    var restartTask: Task<Void, Never>?
    var health: HealthState?

    enum LaunchEvent: Sendable {
        case created(pid: Int)
        case started
        case failed(status: Int, message: String)
        case gone
    }

    init(record: ContainerRecord, state: ContainerState, paths: ContainerPaths) {
        self.record = record
        self.state = state
        self.paths = paths
    }

    var id: String { record.id }
    var options: ContainerOptions { record.options }
}

/// A client that wants to attach: at once, or with the next start.
package struct AttachWaiter: Sendable {
    let token: UInt64
    /// Connects the client to the shim's socket; returns once its request is on the way.
    let connect: @Sendable (String) async -> Void
    /// There is nothing to attach to any more.
    let drop: @Sendable () -> Void
}

/// Somebody waiting for a container's end.
struct Waiter {
    let token: UInt64
    let condition: WaitCondition
    let continuation: AsyncStream<WaitResult>.Continuation
}

/// `POST /containers/ID/wait?condition=`
package enum WaitCondition: String, Sendable {
    case notRunning = "not-running"
    case nextExit = "next-exit"
    case removed
}

package struct WaitResult: Sendable {
    package let status: Int
    package let error: String?
}

/// One `docker exec`.
final class Exec {
    let id: String
    let container: String
    let config: ExecConfig
    var running = false
    var exitCode: Int?
    var pid = 0
    var link: (any ShimLink)?
    var launching: AsyncStream<Container.LaunchEvent>.Continuation?
    var lastExit: ShimExit?
    var waiters: [CheckedContinuation<Void, Never>] = []

    init(id: String, container: String, config: ExecConfig) {
        self.id = id
        self.container = container
        self.config = config
    }
}
