/// Reading `config.json`, field by field: by hand and not by `Decodable`, whose generic containers cost
/// every start half a millisecond.

extension RuntimeSpec: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        ociVersion = try fields.needString("ociVersion")
        process = try fields.object("process")
        root = try fields.object("root")
        hostname = try fields.string("hostname")
        domainname = try fields.string("domainname")
        mounts = try fields.list("mounts")
        hooks = try fields.object("hooks")
        linux = try fields.object("linux")
        annotations = try fields.words("annotations")
    }
}

extension RuntimeSpec.Root: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        path = try fields.needString("path")
        readonly = try fields.bool("readonly")
    }
}

extension RuntimeSpec.Mount: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        destination = try fields.needString("destination")
        type = try fields.string("type")
        source = try fields.string("source")
        options = try fields.strings("options")
        uidMappings = try fields.list("uidMappings")
        gidMappings = try fields.list("gidMappings")
    }
}

extension RuntimeSpec.Hooks: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        prestart = try fields.list("prestart")
        createRuntime = try fields.list("createRuntime")
        createContainer = try fields.list("createContainer")
        startContainer = try fields.list("startContainer")
        poststart = try fields.list("poststart")
        poststop = try fields.list("poststop")
    }
}

extension RuntimeSpec.Hook: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        path = try fields.needString("path")
        args = try fields.strings("args")
        env = try fields.strings("env")
        timeout = try fields.integer("timeout")
    }
}

extension RuntimeSpec.Process: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        terminal = try fields.bool("terminal")
        consoleSize = try fields.object("consoleSize")
        user = try fields.needObject("user")
        args = try fields.strings("args")
        env = try fields.strings("env")
        cwd = try fields.needString("cwd")
        capabilities = try fields.object("capabilities")
        rlimits = try fields.list("rlimits")
        noNewPrivileges = try fields.bool("noNewPrivileges")
        oomScoreAdj = try fields.integer("oomScoreAdj")
        apparmorProfile = try fields.string("apparmorProfile")
        selinuxLabel = try fields.string("selinuxLabel")
        scheduler = try fields.object("scheduler")
        ioPriority = try fields.object("ioPriority")
        execCPUAffinity = try fields.object("execCPUAffinity")
    }
}

extension RuntimeSpec.ConsoleSize: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        height = try fields.needInteger("height")
        width = try fields.needInteger("width")
    }
}

extension RuntimeSpec.User: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        uid = try fields.integer("uid") ?? 0
        gid = try fields.integer("gid") ?? 0
        umask = try fields.integer("umask")
        additionalGids = try fields.integers("additionalGids")
    }
}

extension RuntimeSpec.Capabilities: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        bounding = try fields.strings("bounding")
        effective = try fields.strings("effective")
        inheritable = try fields.strings("inheritable")
        permitted = try fields.strings("permitted")
        ambient = try fields.strings("ambient")
    }
}

extension RuntimeSpec.Rlimit: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        type = try fields.needString("type")
        soft = try fields.needInteger("soft")
        hard = try fields.needInteger("hard")
    }
}

extension RuntimeSpec.Scheduler: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        policy = try fields.needString("policy")
        nice = try fields.integer("nice")
        priority = try fields.integer("priority")
        flags = try fields.strings("flags")
        runtime = try fields.integer("runtime")
        deadline = try fields.integer("deadline")
        period = try fields.integer("period")
    }
}

extension RuntimeSpec.CPUAffinity: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        initial = try fields.string("initial")
        final = try fields.string("final")
    }
}

extension RuntimeSpec.IOPriority: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        `class` = try fields.needString("class")
        priority = try fields.needInteger("priority")
    }
}

extension RuntimeSpec.Linux: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        uidMappings = try fields.list("uidMappings")
        gidMappings = try fields.list("gidMappings")
        sysctl = try fields.words("sysctl")
        resources = try fields.object("resources")
        cgroupsPath = try fields.string("cgroupsPath")
        namespaces = try fields.list("namespaces")
        timeOffsets = try fields.table("timeOffsets")
        devices = try fields.list("devices")
        seccomp = try fields.object("seccomp")
        rootfsPropagation = try fields.string("rootfsPropagation")
        maskedPaths = try fields.strings("maskedPaths")
        readonlyPaths = try fields.strings("readonlyPaths")
        mountLabel = try fields.string("mountLabel")
        personality = try fields.object("personality")
        intelRdt = try fields.object("intelRdt")
    }
}

extension RuntimeSpec.IDMapping: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        containerID = try fields.needInteger("containerID")
        hostID = try fields.needInteger("hostID")
        size = try fields.needInteger("size")
    }
}

extension RuntimeSpec.Namespace: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        type = try fields.needChoice("type")
        path = try fields.string("path")
    }
}

extension RuntimeSpec.Device: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        type = try fields.needString("type")
        path = try fields.needString("path")
        major = try fields.integer("major")
        minor = try fields.integer("minor")
        fileMode = try fields.integer("fileMode")
        uid = try fields.integer("uid")
        gid = try fields.integer("gid")
    }
}

extension RuntimeSpec.TimeOffset: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        secs = try fields.integer("secs")
        nanosecs = try fields.integer("nanosecs")
    }
}

extension RuntimeSpec.IntelRdt: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        closID = try fields.string("closID")
        l3CacheSchema = try fields.string("l3CacheSchema")
        memBwSchema = try fields.string("memBwSchema")
    }
}

extension RuntimeSpec.Personality: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        domain = try fields.needString("domain")
        flags = try fields.strings("flags")
    }
}

extension RuntimeSpec.Resources: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        devices = try fields.list("devices")
        memory = try fields.object("memory")
        cpu = try fields.object("cpu")
        pids = try fields.object("pids")
        blockIO = try fields.object("blockIO")
        hugepageLimits = try fields.list("hugepageLimits")
        network = try fields.object("network")
        rdma = try fields.table("rdma")
        unified = try fields.words("unified")
    }
}

extension RuntimeSpec.DeviceRule: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        allow = try fields.needBool("allow")
        type = try fields.string("type")
        major = try fields.integer("major")
        minor = try fields.integer("minor")
        access = try fields.string("access")
    }
}

extension RuntimeSpec.Memory: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        limit = try fields.integer("limit")
        reservation = try fields.integer("reservation")
        swap = try fields.integer("swap")
        kernel = try fields.integer("kernel")
        kernelTCP = try fields.integer("kernelTCP")
        swappiness = try fields.integer("swappiness")
        disableOOMKiller = try fields.bool("disableOOMKiller")
        useHierarchy = try fields.bool("useHierarchy")
        checkBeforeUpdate = try fields.bool("checkBeforeUpdate")
    }
}

extension RuntimeSpec.CPU: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        shares = try fields.integer("shares")
        quota = try fields.integer("quota")
        burst = try fields.integer("burst")
        period = try fields.integer("period")
        realtimeRuntime = try fields.integer("realtimeRuntime")
        realtimePeriod = try fields.integer("realtimePeriod")
        cpus = try fields.string("cpus")
        mems = try fields.string("mems")
        idle = try fields.integer("idle")
    }
}

extension RuntimeSpec.Pids: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        limit = try fields.needInteger("limit")
    }
}

extension RuntimeSpec.BlockIO: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        weight = try fields.integer("weight")
        leafWeight = try fields.integer("leafWeight")
        weightDevice = try fields.list("weightDevice")
        throttleReadBpsDevice = try fields.list("throttleReadBpsDevice")
        throttleWriteBpsDevice = try fields.list("throttleWriteBpsDevice")
        throttleReadIOPSDevice = try fields.list("throttleReadIOPSDevice")
        throttleWriteIOPSDevice = try fields.list("throttleWriteIOPSDevice")
    }
}

extension RuntimeSpec.WeightDevice: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        major = try fields.needInteger("major")
        minor = try fields.needInteger("minor")
        weight = try fields.integer("weight")
        leafWeight = try fields.integer("leafWeight")
    }
}

extension RuntimeSpec.Throttle: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        major = try fields.needInteger("major")
        minor = try fields.needInteger("minor")
        rate = try fields.needInteger("rate")
    }
}

extension RuntimeSpec.HugepageLimit: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        pageSize = try fields.needString("pageSize")
        limit = try fields.needInteger("limit")
    }
}

extension RuntimeSpec.NetworkClass: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        classID = try fields.integer("classID")
        priorities = try fields.list("priorities")
    }
}

extension RuntimeSpec.NetworkClass.Priority: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        name = try fields.needString("name")
        priority = try fields.needInteger("priority")
    }
}

extension RuntimeSpec.RDMA: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        hcaHandles = try fields.integer("hcaHandles")
        hcaObjects = try fields.integer("hcaObjects")
    }
}

extension RuntimeSpec.Seccomp: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        defaultAction = try fields.needString("defaultAction")
        defaultErrnoRet = try fields.integer("defaultErrnoRet")
        architectures = try fields.strings("architectures")
        flags = try fields.strings("flags")
        listenerPath = try fields.string("listenerPath")
        listenerMetadata = try fields.string("listenerMetadata")
        syscalls = try fields.list("syscalls")
    }
}

extension RuntimeSpec.SyscallRule: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        names = try fields.strings("names") ?? []
        action = try fields.needString("action")
        errnoRet = try fields.integer("errnoRet")
        args = try fields.list("args")
    }
}

extension RuntimeSpec.SyscallArgument: FieldsReadable {
    public init(_ fields: Fields) throws(FieldError) {
        index = try fields.needInteger("index")
        value = try fields.needInteger("value")
        valueTwo = try fields.integer("valueTwo")
        op = try fields.needString("op")
    }
}
