import Archive
import Glibc
import Linux
import Runtime
import Support

/// `rootfs get|put|stat (--pid PID | --lower A:B --upper U --work W) PATH`: copies files between a
/// container's root and a tar stream, as `docker cp` needs. In a process of its own, because it joins
/// the container's mount namespace.
enum RootfsVerb {
    private struct Options {
        var pid: Int32?
        var lower: [String] = []
        var upper = ""
        var work = ""
        var keepsKinds = false
        var path = ""
    }

    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        guard let action = words.first, ["get", "put", "stat"].contains(action) else {
            throw EscaleError(.invalid, "rootfs: one of get, put and stat is required")
        }
        let options = try parse(Array(words.dropFirst()))
        let root = try enter(options)
        switch action {
        case "get": try RootfsTransfer.get(root: root.raw, path: options.path, to: DescriptorSink(1))
        case "put":
            _ = try RootfsTransfer.put(
                root: root.raw, path: options.path, from: DescriptorSource(0),
                keepsKinds: options.keepsKinds)
        default:
            let stat = try RootfsTransfer.stat(root: root.raw, path: options.path)
            Output.out(stat.json.text() + "\n")
        }
        return 0
    }

    private static func parse(_ words: [String]) throws(EscaleError) -> Options {
        var options = Options()
        var arguments = Arguments(words)
        while let word = arguments.next() {
            switch word {
            case .flag("pid", let v): options.pid = Int32(try arguments.number("pid", v))
            case .flag("lower", let v):
                options.lower = try arguments.value("lower", v).split(separator: ":").map(String.init)
            case .flag("upper", let v): options.upper = try arguments.value("upper", v)
            case .flag("work", let v): options.work = try arguments.value("work", v)
            case .flag("keep-kinds", let v): options.keepsKinds = try Arguments.isOn("keep-kinds", v)
            case .flag(let name, _): throw Arguments.unknown(name)
            case .word(let path): options.path = path
            }
        }
        guard !options.path.isEmpty, options.pid != nil || !options.lower.isEmpty else {
            throw EscaleError(.invalid, "rootfs: a path, and --pid or --lower, are required")
        }
        return options
    }

    /// The container's root, open: a running one's by its process, a stopped one's by mounting it.
    private static func enter(_ options: Options) throws(EscaleError) -> FD {
        if let pid = options.pid {
            let root = try Sys.open("/proc/\(pid)/root", O_RDONLY | O_DIRECTORY)
            let mounts = try Sys.open(Namespace.mount.path(of: pid), O_RDONLY)
            try Namespace.mount.join(mounts)
            return root
        }
        try Namespace.unshare([.mount])
        try Mount.setPropagation("/", .slave, recursive: true)
        // On the work folder's neighbour nothing is ever looked up by others: the mount is ours alone.
        try Files.makeDirectory(options.upper)
        try Files.makeDirectory(options.work)
        try Overlay.mount(
            lower: options.lower, upper: options.upper, work: options.work, on: options.upper,
            userXattr: UserNamespace.isNested)
        return try Sys.open(options.upper, O_RDONLY | O_DIRECTORY)
    }
}
