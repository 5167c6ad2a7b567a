/// What each step of a start is for, in a few words: the last field of a line of `--explain`.
package enum StepPurposes {
    /// By the step's whole name, else by what stands before its last dot.
    package static func of(_ id: String) -> String {
        var name = id
        if name.hasPrefix("cgroup."), name.hasSuffix(".join") { return "move the process into its cgroup" }
        while true {
            if let text = texts[name] { return text }
            guard let dot = name.lastIndex(of: ".") else { return "" }
            name = String(name[..<dot])
        }
    }

    private static let texts: [String: String] = [
        "affinity": "choose the CPUs that the process may use",
        "apparmor": "confine the program by an AppArmor profile",
        "capabilities.bounding": "give up for ever the capabilities that the program must not gain",
        "capabilities.drop": "keep only the capabilities that the program was given",
        "cgroup": "make the cgroup and write its limits",
        "cgroup.check": "refuse limits that no controller here can keep",
        "cgroup.kill": "end whatever still runs in the container",
        "cgroup.remove": "remove the emptied cgroup",
        "chroot": "make the container's root the process's root",
        "clone": "make the first process, in its new namespaces at once",
        "config": "read the bundle's configuration",
        "console": "open a terminal of the container's own",
        "cwd": "enter the working folder",
        "devices": "make the device nodes that every program expects",
        "domainname": "name the container's NIS domain",
        "exec": "become the user's program",
        "exec.find": "find the program before anything is promised",
        "hook": "run a program that the bundle asked for",
        "hostname": "name the container",
        "mount": "mount a file system that the bundle asked for",
        "mount.cgroup": "show the container its own cgroups",
        "mount.dev": "mount a /dev that holds nothing yet",
        "mount.devpts": "mount terminals of the container's own",
        "mount.idmap": "prepare a mount whose owners are translated",
        "mount.mqueue": "mount the message queues of the new IPC namespace",
        "mount.proc": "show the processes of the new PID namespace",
        "mount.propagation": "keep the container's mounts from spreading to the host",
        "mount.root": "make the root a mount of its own, as pivot_root needs",
        "mount.shm": "mount shared memory of the container's own",
        "mount.sysfs": "show devices and kernel settings, read-only",
        "mount.volume": "bind a folder or file of the host",
        "namespace": "separate the container from the host in one respect",
        "namespace.user.maps": "say which users of the container are which of the host",
        "namespaces.join": "enter the namespaces of the running container",
        "no_new_privs": "rule out that a program gains privileges by its file",
        "oom_score_adj": "say how soon to be killed when memory runs out",
        "overlay": "stack the image's layers under a writable one",
        "paths.masked": "hide files that tell about the host",
        "paths.readonly": "protect kernel settings from being written",
        "pivot_root": "leave the host's file tree behind",
        "rlimit": "limit what a single process may use",
        "root.readonly": "protect the image's files from being written",
        "seccomp": "filter system calls from here on",
        "seccomp.compile": "turn the seccomp profile into a program for the kernel",
        "seccomp.notify": "hand the filter's notifications to the agent",
        "selinux": "label the program for SELinux",
        "start": "tell the waiting first process to go on",
        "state": "record what must be known to clean up",
        "state.remove": "forget the container",
        "sysctl": "set a kernel parameter of the container's namespaces",
        "user": "become the user that the program runs as"
    ]
}
