/// One request and what becomes of it.
struct SpecGolden: Sendable, CustomStringConvertible {
    let description: String
    let request: String
    let spec: String

    static let cases: [SpecGolden] = [
        .init(
            description: "plain", request: #"{"Cmd":["echo","a"]}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["echo","a"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"hostname":"0123","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{},"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "process",
            request:
                #"{"Entrypoint":["/bin/x"],"Cmd":["-v"],"Env":["LANG=fr","A=1","HOSTNAME"],"WorkingDir":"/w/../v","User":"web","Tty":true,"Hostname":"h","Domainname":"d","HostConfig":{"ConsoleSize":[24,80],"GroupAdd":["9"],"Ulimits":[{"Name":"nofile","Soft":10,"Hard":-1}],"OomScoreAdj":5,"SecurityOpt":["no-new-privileges"]}}"#,
            spec:
                #"{"process":{"terminal":true,"consoleSize":{"height":24,"width":80},"user":{"uid":100,"gid":101,"additionalGids":[7,9]},"args":["/bin/x","-v"],"env":["PATH=/bin","TERM=xterm","LANG=fr","A=1","HOME=/home/web"],"cwd":"/v","capabilities":{"bounding":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FSETID","CAP_FOWNER","CAP_MKNOD","CAP_NET_RAW","CAP_SETGID","CAP_SETUID","CAP_SETFCAP","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_SYS_CHROOT","CAP_KILL","CAP_AUDIT_WRITE"]},"rlimits":[{"type":"RLIMIT_NOFILE","soft":10,"hard":18446744073709551615}],"noNewPrivileges":true,"oomScoreAdj":5},"hostname":"h","domainname":"d","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{},"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "limits",
            request:
                #"{"HostConfig":{"Memory":67108864,"MemoryReservation":33554432,"NanoCpus":500000000,"CpuShares":512,"CpusetCpus":"0,2-3","PidsLimit":50}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"hostname":"0123","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{"memory":{"limit":67108864,"reservation":33554432,"swap":134217728},"cpu":{"shares":512,"quota":50000,"period":100000,"cpus":"0,2-3"},"pids":{"limit":50}},"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "mounts",
            request:
                #"{"Volumes":{"/anon":{}},"HostConfig":{"Binds":["/src:/a/b:ro,rslave","data:/a"],"Mounts":[{"Type":"bind","Source":"/m","Target":"/m","ReadOnly":true},{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1048576,"Mode":448}}],"Tmpfs":{"/run":"size=64m,exec"},"ShmSize":1048576,"ReadonlyRootfs":true}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"hostname":"0123","readonly":true,"mounts":["tmpfs shm /dev/shm nosuid,noexec,nodev,mode=1777,size=1048576","bind /c/hosts /etc/hosts rbind,rprivate","bind /volumes/data/_data /a rbind,rprivate,rw","bind /m /m rbind,rprivate,ro","tmpfs tmpfs /t nosuid,noexec,nodev,size=1048576,mode=700","tmpfs tmpfs /run nosuid,nodev,size=64m","bind /volumes//_data /anon rbind,rprivate,rw","bind /src /a/b rbind,rslave,ro"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{},"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "privileged", request: #"{"HostConfig":{"Privileged":true}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv","capabilities":{"bounding":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SETPCAP","CAP_LINUX_IMMUTABLE","CAP_NET_BIND_SERVICE","CAP_NET_BROADCAST","CAP_NET_ADMIN","CAP_NET_RAW","CAP_IPC_LOCK","CAP_IPC_OWNER","CAP_SYS_MODULE","CAP_SYS_RAWIO","CAP_SYS_CHROOT","CAP_SYS_PTRACE","CAP_SYS_PACCT","CAP_SYS_ADMIN","CAP_SYS_BOOT","CAP_SYS_NICE","CAP_SYS_RESOURCE","CAP_SYS_TIME","CAP_SYS_TTY_CONFIG","CAP_MKNOD","CAP_LEASE","CAP_AUDIT_WRITE","CAP_AUDIT_CONTROL","CAP_SETFCAP","CAP_MAC_OVERRIDE","CAP_MAC_ADMIN","CAP_SYSLOG","CAP_WAKE_ALARM","CAP_BLOCK_SUSPEND","CAP_AUDIT_READ","CAP_PERFMON","CAP_BPF","CAP_CHECKPOINT_RESTORE"],"effective":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SETPCAP","CAP_LINUX_IMMUTABLE","CAP_NET_BIND_SERVICE","CAP_NET_BROADCAST","CAP_NET_ADMIN","CAP_NET_RAW","CAP_IPC_LOCK","CAP_IPC_OWNER","CAP_SYS_MODULE","CAP_SYS_RAWIO","CAP_SYS_CHROOT","CAP_SYS_PTRACE","CAP_SYS_PACCT","CAP_SYS_ADMIN","CAP_SYS_BOOT","CAP_SYS_NICE","CAP_SYS_RESOURCE","CAP_SYS_TIME","CAP_SYS_TTY_CONFIG","CAP_MKNOD","CAP_LEASE","CAP_AUDIT_WRITE","CAP_AUDIT_CONTROL","CAP_SETFCAP","CAP_MAC_OVERRIDE","CAP_MAC_ADMIN","CAP_SYSLOG","CAP_WAKE_ALARM","CAP_BLOCK_SUSPEND","CAP_AUDIT_READ","CAP_PERFMON","CAP_BPF","CAP_CHECKPOINT_RESTORE"],"permitted":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SETPCAP","CAP_LINUX_IMMUTABLE","CAP_NET_BIND_SERVICE","CAP_NET_BROADCAST","CAP_NET_ADMIN","CAP_NET_RAW","CAP_IPC_LOCK","CAP_IPC_OWNER","CAP_SYS_MODULE","CAP_SYS_RAWIO","CAP_SYS_CHROOT","CAP_SYS_PTRACE","CAP_SYS_PACCT","CAP_SYS_ADMIN","CAP_SYS_BOOT","CAP_SYS_NICE","CAP_SYS_RESOURCE","CAP_SYS_TIME","CAP_SYS_TTY_CONFIG","CAP_MKNOD","CAP_LEASE","CAP_AUDIT_WRITE","CAP_AUDIT_CONTROL","CAP_SETFCAP","CAP_MAC_OVERRIDE","CAP_MAC_ADMIN","CAP_SYSLOG","CAP_WAKE_ALARM","CAP_BLOCK_SUSPEND","CAP_AUDIT_READ","CAP_PERFMON","CAP_BPF","CAP_CHECKPOINT_RESTORE"]}},"hostname":"0123","mounts":["sysfs sysfs /sys nosuid,noexec,nodev","cgroup cgroup /sys/fs/cgroup nosuid,noexec,nodev","bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc"],"resources":{"devices":[{"allow":true,"access":"rwm"}]},"masked":[],"readonlyPaths":[],"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "capabilities",
            request:
                #"{"HostConfig":{"CapDrop":["ALL"],"CapAdd":["net_admin","CAP_KILL"],"Devices":[{"PathOnHost":"/dev/kvm","PathInContainer":"/dev/kvm","CgroupPermissions":"rw"}]}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv","capabilities":{"bounding":["CAP_NET_ADMIN","CAP_KILL"],"effective":["CAP_NET_ADMIN","CAP_KILL"],"permitted":["CAP_NET_ADMIN","CAP_KILL"]}},"hostname":"0123","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{"devices":[{"allow":true,"type":"c","major":10,"minor":232,"access":"rw"}]},"devices":[{"type":"c","path":"/dev/kvm","major":10,"minor":232}],"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"}}"#
        ),
        .init(
            description: "host namespaces",
            request:
                #"{"HostConfig":{"NetworkMode":"host","PidMode":"host","IpcMode":"host","UTSMode":"host","CgroupnsMode":"host"}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"mounts":["bind /dev/shm /dev/shm rbind,rprivate","bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount"],"resources":{},"sysctl":{}}"#
        ),
        .init(
            description: "joined namespaces",
            request:
                #"{"HostConfig":{"NetworkMode":"container:web","PidMode":"container:web","IpcMode":"none"}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"hostname":"0123","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"without":["/dev/shm"],"namespaces":["mount","network=/proc/7/ns/net","uts","pid=/proc/7/ns/pid","ipc","cgroup"],"resources":{},"sysctl":{}}"#
        ),
        .init(
            description: "sysctls",
            request:
                #"{"HostConfig":{"NetworkMode":"none","Sysctls":{"net.ipv4.ip_forward":"1","kernel.shmmax":"65536"}}}"#,
            spec:
                #"{"process":{"user":{"uid":0,"gid":0},"args":["sh"],"env":["PATH=/bin","HOSTNAME=0123","LANG=C","HOME=/"],"cwd":"/srv"},"hostname":"0123","mounts":["bind /c/hosts /etc/hosts rbind,rprivate"],"namespaces":["mount","network","uts","pid","ipc","cgroup"],"resources":{},"sysctl":{"kernel.shmmax":"65536","net.ipv4.ip_forward":"1","net.ipv4.ip_unprivileged_port_start":"0"}}"#
        )
    ]
}
