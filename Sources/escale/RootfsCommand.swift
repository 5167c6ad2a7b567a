import Archive
import ArgumentParser
import Glibc
import Linux
import Support

/// `escale rootfs get|put|stat (--pid PID | --lower A:B --upper U --work W) PATH`, for the daemon: copies
/// files between a container's root and a tar stream, as `docker cp` needs. In a process of its own, of
/// one thread, because it joins the container's mount namespace.
struct RootfsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rootfs", shouldDisplay: false)

    enum Action: String, ExpressibleByArgument { case get, put, stat }

    @Argument var action: Action
    @Option var pid: Int32?
    /// Top layer first.
    @Option(transform: { $0.split(separator: ":").map(String.init) }) var lower: [String] = []
    @Option var upper: String = ""
    @Option var work: String = ""
    @Flag(help: "Un dossier ne remplace rien d’autre, ni l’inverse.") var keepKinds = false
    @Flag(help: "Sans ce qui est monté dedans.") var oneMount = false
    @Argument var path: String

    func run() throws {
        let root = try enter()
        switch action {
        case .get:
            try RootfsTransfer.get(root: root.raw, path: path, to: DescriptorSink(1), staysOnMount: oneMount)
        case .put:
            _ = try RootfsTransfer.put(
                root: root.raw, path: path, from: DescriptorSource(0), keepsKinds: keepKinds)
        case .stat:
            let stat = try RootfsTransfer.stat(root: root.raw, path: path)
            Output.out(stat.json.text() + "\n")
        }
    }

    /// The container's root, open: a running one's by its process, a stopped one's by mounting it.
    private func enter() throws(EscaleError) -> FD {
        if let pid {
            let root = try Sys.open("/proc/\(pid)/root", O_RDONLY | O_DIRECTORY)
            let mounts = try Sys.open(Namespace.mount.path(of: pid), O_RDONLY)
            try Namespace.mount.join(mounts)
            return root
        }
        guard !lower.isEmpty else {
            throw EscaleError(.invalid, "rootfs: --pid or --lower is required")
        }
        try Namespace.unshare([.mount])
        try Mount.setPropagation("/", .slave, recursive: true)
        // On the work folder's neighbour nothing is ever looked up by others: the mount is ours alone.
        try Files.makeDirectory(upper)
        try Files.makeDirectory(work)
        try Overlay.mount(
            lower: lower, upper: upper, work: work, on: upper, userXattr: UserNamespace.isNested)
        return try Sys.open(upper, O_RDONLY | O_DIRECTORY)
    }
}
