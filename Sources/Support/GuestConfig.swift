/// What a virtual machine's init is told: the command of the image and how to run it.
public struct GuestConfig: Codable, Equatable, Sendable {
    public var hostname: String
    public var arguments: [String]
    /// `NAME=value`.
    public var environment: [String]
    /// `USER[:GROUP]`, by the image's own passwd and group; empty for root.
    public var user: String
    public var workingDirectory: String
    public var terminal: Bool
    /// Columns and rows of the terminal, 0 where it has none yet.
    public var width: Int
    public var height: Int
    /// Stdin stays open for an attached client; the command meets its end at once otherwise.
    public var openStdin: Bool
    public var network: Network?

    /// The network card's address, given and not asked for.
    public struct Network: Codable, Equatable, Sendable {
        public var address: String
        public var prefix: Int
        public var gateway: String
        public var mtu: Int
        /// Contents of /etc/resolv.conf.
        public var resolver: String

        public init(address: String, prefix: Int, gateway: String, mtu: Int, resolver: String) {
            self.address = address
            self.prefix = prefix
            self.gateway = gateway
            self.mtu = mtu
            self.resolver = resolver
        }
    }

    public init(
        hostname: String, arguments: [String], environment: [String] = [], user: String = "",
        workingDirectory: String = "/", terminal: Bool = false, width: Int = 0, height: Int = 0,
        openStdin: Bool = false, network: Network? = nil
    ) {
        self.hostname = hostname
        self.arguments = arguments
        self.environment = environment
        self.user = user
        self.workingDirectory = workingDirectory
        self.terminal = terminal
        self.width = width
        self.height = height
        self.openStdin = openStdin
        self.network = network
    }
}
