import OCI

/// What to start and how: a container, from its bundle.
public struct Launch {
    public var id: String
    public var bundle: String
    public var spec: RuntimeSpec
    /// The folder of all containers' states.
    public var stateRoot: String
    public var stdio = Stdio.inherit
    /// The first process dies with the caller (PR_SET_PDEATHSIG).
    public var diesWithParent = false
    /// The caller goes away after `create`: `start` comes from another process, through a socket in
    /// the state's folder.
    public var detached = false
    /// pivot_root; else chroot, for a root that is an initramfs.
    public var pivots = true
    /// Descriptors from 3 on that the program gets.
    public var preserved = 0
    /// A fresh session keyring.
    public var newKeyring = true
    /// `config.json` as it is now: what is written to the bundle later does not touch the container. Nil
    /// where nobody else writes there.
    public var config: [UInt8]?

    public init(id: String, bundle: String, spec: RuntimeSpec, stateRoot: String) {
        self.id = id
        self.bundle = bundle
        self.spec = spec
        self.stateRoot = stateRoot
    }
}

/// What the program reads from and writes to.
public enum Stdio {
    /// The caller's own.
    case inherit
    case descriptors(stdin: Int32, stdout: Int32, stderr: Int32)
}
