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
    /// Copies of sources whose owners are mapped, made outside.
    let idmapped: IDMappedMounts
    /// Mounts made read-only at the very end: they are written to before.
    private var laterReadonly: [String] = []

    init(
        spec: RuntimeSpec, bundle: String, steps: Steps, hasCgroupNamespace: Bool, idmapped: IDMappedMounts,
        awaitCgroup: @escaping () throws(EscaleError) -> Void
    ) {
        self.spec = spec
        self.bundle = bundle
        self.steps = steps
        self.hasCgroupNamespace = hasCgroupNamespace
        self.idmapped = idmapped
        self.awaitCgroup = awaitCgroup
        let root = spec.root?.path ?? "rootfs"
        path = root.hasPrefix("/") ? root : Path.join(bundle, root)
    }

    /// Nothing that happens here shows outside, and the root is a mount of its own.
    func prepare() throws(EscaleError) -> ContainerTree {
        try steps.run("mount.propagation", "mount", "MS_REC|MS_SLAVE /") { () throws(EscaleError) in
            try Mount.setPropagation("/", .slave, recursive: true)
        }
        try steps.run("mount.root", "mount", "\(path) on itself, MS_BIND|MS_REC") {
            () throws(EscaleError) in
            try Mount.mount(path, on: path, [.bind, .recursive])
        }
        return try ContainerTree(path)
    }

    func mountAll(in root: ContainerTree) throws(EscaleError) {
        for (i, mount) in (spec.mounts ?? []).enumerated() {
            let name = Self.stepName(mount)
            let arguments = "\(mount.source ?? mount.type ?? "") on \(mount.destination) \(options(mount))"
            if mount.type == "cgroup" || mount.type == "cgroup2" { try awaitCgroup() }
            do {
                try steps.run(name, "mount", arguments) { () throws(EscaleError) in
                    try make(mount, i, in: root)
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

    private func make(_ mount: RuntimeSpec.Mount, _ index: Int, in root: ContainerTree) throws(EscaleError) {
        let options = MountOptions(mount.options ?? [], type: mount.type)
        if mount.type == "cgroup" || mount.type == "cgroup2" {
            return try CgroupMount(
                destination: mount.destination, options: options, hasNamespace: hasCgroupNamespace
            ).make(in: root)
        }
        if options.isBind { return try bind(mount, index, options, in: root) }
        // A tmpfs looks like the folder that it covers, where nothing else is said.
        let covered =
            mount.type == "tmpfs" && !options.data.contains { $0.hasPrefix("mode=") }
            ? try? root.open(mount.destination, Sys.pathOnly | O_DIRECTORY).mode : nil
        var target = try root.makeFolder(mount.destination)
        let kind = Self.kept(mount)
        if kind == .proc || kind == .sysfs { target = try root.plainFolder(mount.destination) }
        try ProcMounts.check(mount.destination, onto: target, isProc: kind == .proc)
        var flags = options.set
        // A read-only /dev is filled first.
        if mount.destination == "/dev", flags.contains(.readonly) {
            flags.remove(.readonly)
            laterReadonly.append(mount.destination)
        }
        let copiesUp = options.copiesUp && mount.type == "tmpfs"
        if copiesUp { flags.remove(.readonly) }
        let source = mount.source ?? mount.type ?? "none"
        let type = mount.type ?? "none"
        do {
            try Mount.mount(
                source, on: target.procPath, type: type, flags,
                data: (options.data + (covered.map { ["mode=\(String($0, radix: 8))"] } ?? [])
                    + label(of: type))
                    .joined(separator: ","),
                shown: mount.destination)
        } catch {
            // The usual group of terminals may have no number in this user namespace.
            guard type == "devpts", error.errno == EINVAL, UserNamespace.isNested else { throw error }
            let data = (options.data.filter { !$0.hasPrefix("gid=") } + label(of: type)).joined(
                separator: ",")
            try Mount.mount(
                source, on: target.procPath, type: type, flags, data: data, shown: mount.destination)
        }
        root.cover(mount.destination)
        if let kind { try root.pin(mount.destination, kind) }
        if copiesUp {
            let made = try root.open(mount.destination, Sys.pathOnly)
            try TreeCopy.copy(from: target, to: made, shown: mount.destination)
            if options.set.contains(.readonly) {
                try made.changeMount(set: .readonly, clear: [], shown: mount.destination)
            }
        }
        if !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty {
            try root.open(mount.destination, Sys.pathOnly).changeMount(
                set: options.recursiveSet, clear: options.recursiveClear, recursive: true,
                shown: mount.destination)
        }
        for kind in options.propagation {
            let made = try root.open(mount.destination, Sys.pathOnly)
            try Mount.mount(nil, on: made.procPath, kind, shown: "propagation of \(mount.destination)")
        }
    }

    /// The SELinux label of what the container's own file systems hold (config-linux.md, "Mount Label");
    /// those of the kernel have labels of their own.
    private func label(of type: String) -> [String] {
        guard let label = spec.linux?.mountLabel, !label.isEmpty,
            !["proc", "sysfs", "mqueue"].contains(type)
        else { return [] }
        return ["context=\"\(label)\""]
    }

    /// The kind of a mount that the container's tree keeps open, nil for others.
    private static func kept(_ mount: RuntimeSpec.Mount) -> FileSystem? {
        switch mount.type {
        case "proc": .proc
        case "sysfs": .sysfs
        case "tmpfs": Path.clean(mount.destination) == "/dev" ? .tmpfs : nil
        default: nil
        }
    }

    private func bind(
        _ mount: RuntimeSpec.Mount, _ index: Int, _ options: MountOptions, in root: ContainerTree
    ) throws(EscaleError) {
        guard let given = mount.source, !given.isEmpty else {
            throw EscaleError(.invalid, "mounts: \(mount.destination): bind mount without a source")
        }
        let sourcePath = given.hasPrefix("/") ? given : Path.join(bundle, given)
        let source = try Sys.open(sourcePath, Sys.pathOnly)
        let target =
            source.isFolder
            ? try root.makeFolder(mount.destination) : try root.makeFile(mount.destination)
        // As mount(2) has it, for hosts that look for these words; move_mount(2) only says EINVAL.
        if source.isFolder != target.isFolder {
            throw .system("mount", "\(sourcePath) on \(mount.destination)", errno: ENOTDIR)
        }
        try ProcMounts.check(mount.destination, onto: target, isProc: source.fileSystem == .proc)
        let shown = "\(sourcePath) on \(mount.destination)"
        let copy =
            if let made = idmapped.take(index) { DetachedMount(owning: made) } else {
                try DetachedMount(of: source, recursive: options.isRecursive, shown: shown)
            }
        // What the source's mount forbids stays forbidden unless the options say otherwise.
        try copy.change(set: options.set.intersection(.perMount), clear: options.clear, shown: shown)
        try copy.change(
            set: options.recursiveSet, clear: options.recursiveClear, recursive: true, shown: shown)
        try copy.attach(to: target, shown: shown)
        root.cover(mount.destination)
        let kind = source.fileSystem
        if kind == .proc || kind == .sysfs, source.isFolder { try root.pin(mount.destination, kind) }
        for kind in options.propagation {
            try Mount.mount(
                nil, on: copy.fd.procPath, kind, shown: "propagation of \(mount.destination)")
        }
    }

    /// Whether /dev is the container's own: then its usual nodes are made.
    var ownsDev: Bool {
        (spec.mounts ?? []).contains {
            Path.clean($0.destination) == "/dev" && !MountOptions($0.options ?? [], type: $0.type).isBind
        }
    }

    /// What must be last before the old root goes: read-only and masked paths.
    func restrict(in root: ContainerTree) throws(EscaleError) {
        for destination in laterReadonly { try seal(destination, in: root) }
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
                try seal("/", in: root)
            }
        }
    }

    /// Makes the mount at a path read-only.
    private func seal(_ path: String, in root: ContainerTree) throws(EscaleError) {
        try root.open(path, Sys.pathOnly)
            .changeMount(set: .readonly, clear: [], shown: "read-only remount of \(path)")
    }

    private func makeReadonly(_ path: String, in root: ContainerTree) throws(EscaleError) {
        do throws(EscaleError) {
            let fd = try root.open(path, Sys.pathOnly)
            let copy = try DetachedMount(of: fd, recursive: true, shown: path)
            try copy.change(set: .readonly, clear: [], recursive: true, shown: path)
            try copy.attach(to: fd, shown: path)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return }
            throw error
        }
    }

    /// Files are hidden behind /dev/null, folders behind one empty read-only tmpfs.
    private func mask(_ paths: [String], in root: ContainerTree) throws(EscaleError) {
        if paths.isEmpty { return }
        let null = try nullDevice(in: root)
        var empty: FD?
        for path in paths {
            do throws(EscaleError) {
                let fd = try root.open(path, Sys.pathOnly)
                if !fd.isFolder {
                    try Mount.mount(null.procPath, on: fd.procPath, .bind, shown: "mask of \(path)")
                } else if let source = empty.take() {
                    try Mount.mount(source.procPath, on: fd.procPath, .bind, shown: "mask of \(path)")
                    empty = consume source
                } else {
                    try Mount.mount(
                        "tmpfs", on: fd.procPath, type: "tmpfs", .readonly, data: "size=0k,nr_inodes=1",
                        shown: "mask of \(path)")
                    let made = try root.open(path, Sys.pathOnly)
                    guard made.fileSystem == .tmpfs else {
                        throw EscaleError(.denied, "\(path): replaced while it was masked")
                    }
                    empty = consume made
                }
            } catch {
                if error.errno == ENOENT || error.errno == ENOTDIR { continue }
                throw error
            }
        }
    }

    /// The container's own, so that the host's /dev does not show among its mounts; and surely that
    /// device, whatever the container's files have under its name (CVE-2025-31133).
    private func nullDevice(in root: ContainerTree) throws(EscaleError) -> FD {
        let null =
            ownsDev ? try root.open("/dev/null", Sys.pathOnly) : try Sys.open("/dev/null", Sys.pathOnly)
        guard Devices.isNode(null, S_IFCHR, DeviceNumber.make(1, 3)) else {
            throw EscaleError(.denied, "linux.maskedPaths: /dev/null is not the null device")
        }
        return null
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
