import Glibc
import Linux
import Support

/// Runs `body` on a thread with a network namespace of its own, so that the host stays as it is.
/// Needs root, or a user namespace in which the caller is.
func inOwnNetworkNamespace(_ body: @escaping @Sendable () throws -> Void) throws {
    let box = ThreadBox {
        let netns = try NetworkNamespace.new()
        try NetworkNamespace.enter(netns)
        try loopback()
        // A new namespace begins with the host's setting, which a kit of its own may have changed.
        try Files.poke("/proc/sys/net/ipv4/ip_forward", "0")
        try body()
    }
    var thread = pthread_t()
    let pointer = Unmanaged.passRetained(box).toOpaque()
    let code = pthread_create(
        &thread, nil,
        { pointer in
            guard let pointer else { return nil }
            let box = Unmanaged<ThreadBox>.fromOpaque(pointer).takeUnretainedValue()
            box.run()
            return nil
        }, pointer)
    guard code == 0 else { throw EscaleError.system("pthread_create", errno: code) }
    pthread_join(thread, nil)
    Unmanaged<ThreadBox>.fromOpaque(pointer).release()
    if let error = box.error { throw error }
}

private func loopback() throws {
    var netlink = try Netlink()
    try netlink.set("lo", LinkChange(up: true))
}

/// Touched by the new thread until it is joined, and by its maker after: never by both.
private final class ThreadBox: @unchecked Sendable {
    let body: @Sendable () throws -> Void
    var error: (any Error)?
    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
    func run() { do { try body() } catch { self.error = error } }
}

/// A kit in a temporary folder of its own.
struct TemporaryKit: ~Copyable {
    let kit: Kit
    init() throws {
        let folder = "/tmp/escale-test-\(Hex.random(6))"
        kit = Kit(root: "\(folder)/root", run: "\(folder)/run")
        try Files.makeDirectory(kit.root)
    }
    deinit { try? Files.removeTree(Path.parent(kit.root)) }
}

let isRoot = geteuid() == 0
