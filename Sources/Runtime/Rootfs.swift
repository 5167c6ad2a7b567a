import CLinux
import Glibc
import Linux
import OCI
import Support

/// Makes the container's view of the file system, inside its new mount namespace and before
/// pivot_root: everything is resolved in the root's folder, symlinks of the image included.
final class Rootfs {
    let spec: RuntimeSpec
    let bundle: String
    let path: String
    let steps: Steps
    /// Waits until this process is in its cgroup, once.
    let awaitCgroup: () throws(EscaleError) -> Void
    let hasCgroupNamespace: Bool
    /// Mounts made read-only at the very end: they are written to before.
    private var laterReadonly: [String] = []

    init(
        spec: RuntimeSpec, bundle: String, steps: Steps, hasCgroupNamespace: Bool,
        awaitCgroup: @escaping () throws(EscaleError) -> Void
    ) {
        self.spec = spec
        self.bundle = bundle
        self.steps = steps
        self.hasCgroupNamespace = hasCgroupNamespace
        self.awaitCgroup = awaitCgroup
        let root = spec.root?.path ?? "rootfs"
        path = root.hasPrefix("/") ? root : Path.join(bundle, root)
    }

    /// Nothing that happens here shows outside, and the root is a mount of its own.
    func prepare() throws(EscaleError) {
        try steps.run("mount.propagation", "mount", "MS_REC|MS_SLAVE /") { () throws(EscaleError) in
            try Mount.setPropagation("/", .slave, recursive: true)
        }
        try steps.run("mount.root", "mount", "\(path) on itself, MS_BIND|MS_REC") {
            () throws(EscaleError) in
            try Mount.mount(path, on: path, [.bind, .recursive])
        }
    }

    func mountAll() throws(EscaleError) {
        let root = try RootFolder(path)
        for mount in spec.mounts ?? [] {
            let name = Self.stepName(mount)
            let arguments = "\(mount.source ?? mount.type ?? "") on \(mount.destination) \(options(mount))"
            if mount.type == "cgroup" || mount.type == "cgroup2" { try awaitCgroup() }
            do {
                try steps.run(name, "mount", arguments) { () throws(EscaleError) in
                    try make(mount, in: root)
                }
            } catch {
                throw error.within(
                    "error mounting \"\(mount.source ?? mount.type ?? "")\" to rootfs at \"\(mount.destination)\""
                )
            }
        }
    }

    private func options(_ mount: RuntimeSpec.Mount) -> String {
        (mount.options ?? []).joined(separator: ",")
    }

    /// Stable names of the usual mounts; others by kind.
    static func stepName(_ mount: RuntimeSpec.Mount) -> String {
        switch mount.destination {
        case "/proc": "mount.proc"
        case "/dev": "mount.dev"
        case "/dev/pts": "mount.devpts"
        case "/dev/shm": "mount.shm"
        case "/dev/mqueue": "mount.mqueue"
        case "/sys": "mount.sysfs"
        case "/sys/fs/cgroup": "mount.cgroup"
        default:
            MountOptions(mount.options ?? [], type: mount.type).isBind
                ? "mount.volume" : "mount.\(mount.type ?? "other")"
        }
    }

    private func make(_ mount: RuntimeSpec.Mount, in root: borrowing RootFolder) throws(EscaleError) {
        let options = MountOptions(mount.options ?? [], type: mount.type)
        if mount.type == "cgroup" || mount.type == "cgroup2" {
            return try CgroupMount(
                root: path, destination: mount.destination, options: options,
                hasNamespace: hasCgroupNamespace
            ).make(in: root)
        }
        if options.isBind { return try bind(mount, options, in: root) }
        let target = try root.makeFolder(mount.destination)
        var flags = options.set
        // A read-only /dev is filled first.
        if mount.destination == "/dev", flags.contains(.readonly) {
            flags.remove(.readonly)
            laterReadonly.append(mount.destination)
        }
        let source = mount.source ?? mount.type ?? "none"
        let type = mount.type ?? "none"
        do {
            try Mount.mount(
                source, on: target.procPath, type: type, flags, data: options.data.joined(separator: ","),
                shown: mount.destination)
        } catch {
            // The usual group of terminals may have no number in this user namespace.
            guard type == "devpts", error.errno == EINVAL, UserNamespace.isNested else { throw error }
            let data = options.data.filter { !$0.hasPrefix("gid=") }.joined(separator: ",")
            try Mount.mount(
                source, on: target.procPath, type: type, flags, data: data, shown: mount.destination)
        }
        try spread(options, at: mount.destination, in: root)
    }

    private func bind(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions, in root: borrowing RootFolder
    ) throws(EscaleError) {
        guard let given = mount.source, !given.isEmpty else {
            throw EscaleError(.invalid, "mounts: \(mount.destination): bind mount without a source")
        }
        let sourcePath = given.hasPrefix("/") ? given : Path.join(bundle, given)
        let source = try Sys.open(sourcePath, Sys.pathOnly)
        let target =
            source.isFolder
            ? try root.makeFolder(mount.destination) : try root.makeFile(mount.destination)
        try Mount.mount(
            source.procPath, on: target.procPath, options.isRecursive ? [.bind, .recursive] : .bind,
            shown: "\(sourcePath) on \(mount.destination)")
        let wanted = options.set.intersection(.perMount)
        if !wanted.isEmpty || !options.clear.isEmpty {
            let made = try root.open(mount.destination, Sys.pathOnly)
            // What the source's mount forbids stays forbidden unless the options say otherwise.
            let kept = Mount.flags(of: made.raw).subtracting(options.clear)
            try Mount.mount(
                nil, on: made.procPath, [.remount, .bind, kept.union(wanted)],
                shown: "remount of \(mount.destination)")
        }
        if !options.recursiveSet.isEmpty {
            let made = try root.open(mount.destination, Sys.pathOnly)
            // MOUNT_ATTR_* of readonly, nosuid, nodev and noexec are the first four bits, as MS_*'s.
            let low = UInt64(options.recursiveSet.rawValue & 15)
            let times: UInt64 = options.recursiveSet.contains(.noatime) ? 0x10 : 0
            try Sys.check(
                cl_mount_setattr(made.raw, 1, low | times, times == 0 ? 0 : 0x70, 0), "mount_setattr",
                mount.destination)
        }
        try spread(options, at: mount.destination, in: root)
    }

    private func spread(
        _ options: MountOptions, at destination: String, in root: borrowing RootFolder
    ) throws(EscaleError) {
        for kind in options.propagation {
            let made = try root.open(destination, Sys.pathOnly)
            try Mount.mount(nil, on: made.procPath, kind, shown: "propagation of \(destination)")
        }
    }

    /// Whether /dev is the container's own: then its usual nodes are made.
    var ownsDev: Bool {
        (spec.mounts ?? []).contains {
            Path.clean($0.destination) == "/dev" && !MountOptions($0.options ?? [], type: $0.type).isBind
        }
    }

    /// What must be last before the old root goes: read-only and masked paths.
    func restrict() throws(EscaleError) {
        let root = try RootFolder(path)
        for destination in laterReadonly { try remountReadonly(destination, in: root) }
        try steps.run("paths.readonly", "mount", (spec.linux?.readonlyPaths ?? []).joined(separator: " ")) {
            () throws(EscaleError) in
            for path in spec.linux?.readonlyPaths ?? [] { try makeReadonly(path, in: root) }
        }
        try steps.run("paths.masked", "mount", (spec.linux?.maskedPaths ?? []).joined(separator: " ")) {
            () throws(EscaleError) in
            try mask(spec.linux?.maskedPaths ?? [], in: root)
        }
        if spec.root?.readonly == true {
            try steps.run("root.readonly", "mount", "MS_REMOUNT|MS_BIND|MS_RDONLY /") {
                () throws(EscaleError) in
                try remountReadonly("/", in: root)
            }
        }
    }

    private func remountReadonly(_ path: String, in root: borrowing RootFolder) throws(EscaleError) {
        let fd = try root.open(path, Sys.pathOnly)
        try Mount.mount(
            nil, on: fd.procPath, [.remount, .bind, .readonly, Mount.flags(of: fd.raw)],
            shown: "read-only remount of \(path)")
    }

    private func makeReadonly(_ path: String, in root: borrowing RootFolder) throws(EscaleError) {
        do {
            let fd = try root.open(path, Sys.pathOnly)
            try Mount.mount(fd.procPath, on: fd.procPath, [.bind, .recursive], shown: path)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return }
            throw error
        }
        try remountReadonly(path, in: root)
    }

    /// Files are hidden behind /dev/null, folders behind one empty read-only tmpfs.
    private func mask(_ paths: [String], in root: borrowing RootFolder) throws(EscaleError) {
        var empty = ""
        for path in paths {
            do {
                let fd = try root.open(path, Sys.pathOnly)
                if !fd.isFolder {
                    try maskFile(path, fd, in: root)
                } else if empty.isEmpty {
                    try Mount.mount(
                        "tmpfs", on: fd.procPath, type: "tmpfs", .readonly, data: "size=0k,nr_inodes=1",
                        shown: "mask of \(path)")
                    empty = path
                } else {
                    let source = try root.open(empty, Sys.pathOnly)
                    try Mount.mount(source.procPath, on: fd.procPath, .bind, shown: "mask of \(path)")
                }
            } catch {
                if error.errno == ENOENT || error.errno == ENOTDIR { continue }
                throw error
            }
        }
    }

    /// Behind the container's own /dev/null, so that the host's /dev does not show among its mounts.
    private func maskFile(_ path: String, _ fd: borrowing FD, in root: borrowing RootFolder)
        throws(EscaleError)
    {
        guard ownsDev else {
            return try Mount.mount("/dev/null", on: fd.procPath, .bind, shown: "mask of \(path)")
        }
        let null = try root.open("/dev/null", Sys.pathOnly)
        try Mount.mount(null.procPath, on: fd.procPath, .bind, shown: "mask of \(path)")
    }

    /// The root's folder becomes `/`, and the host's tree is gone (pivot_root(2), "pivot_root(".", ".")").
    func enter(pivots: Bool) throws(EscaleError) {
        if pivots {
            try steps.run("pivot_root", "pivot_root", path) { () throws(EscaleError) in
                let old = try Sys.open("/", O_DIRECTORY | O_RDONLY)
                let new = try Sys.open(path, O_DIRECTORY | O_RDONLY)
                try Sys.call("fchdir", path) { fchdir(new.raw) }
                try Sys.check(cl_pivot_root(".", "."), "pivot_root", path)
                try Sys.call("fchdir") { fchdir(old.raw) }
                // The unmount below must not spread to where the host's mounts came from.
                try Mount.setPropagation(".", .slave, recursive: true)
                try Mount.unmount(".", detach: true)
                try Sys.call("chdir", "/") { chdir("/") }
            }
        } else {
            try steps.run("chroot", "chroot", path) { () throws(EscaleError) in
                try Sys.call("chdir", path) { chdir(path) }
                try Mount.mount(path, on: "/", .init(rawValue: 8192), shown: "move of \(path) to /")
                try Sys.call("chroot", path) { chroot(".") }
                try Sys.call("chdir", "/") { chdir("/") }
            }
        }
        guard let asked = spec.linux?.rootfsPropagation else { return }
        let kind = MountOptions([asked]).propagation
        guard let kind = kind.first else {
            throw EscaleError(.invalid, "linux.rootfsPropagation: unknown value \"\(asked)\"")
        }
        try Mount.mount(nil, on: "/", kind, shown: "propagation of /")
    }
}
