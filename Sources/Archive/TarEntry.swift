import Support

/// One member of a tar archive, without its content.
public struct TarEntry: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case file, directory, symlink, hardlink, character, block, fifo, socket
    }

    /// An extended attribute (xattr(7)).
    public struct Attribute: Equatable, Sendable {
        public var name: String
        public var value: [UInt8]
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// As in the archive: may be absolute or hold `..` when it was read; no slash is added or removed.
    public var path: String
    public var kind: Kind
    /// Permission bits, with set-uid, set-gid and sticky: `mode & 0o7777`.
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
    /// Bytes of content; 0 for all but files.
    public var size: Int64
    public var modified: Timestamp
    /// Target of a symbolic link, or the path in the archive that a hard link repeats.
    public var link: String
    public var major: UInt32
    public var minor: UInt32
    public var attributes: [Attribute]

    public init(
        path: String, kind: Kind, mode: UInt32, uid: UInt32 = 0, gid: UInt32 = 0, size: Int64 = 0,
        modified: Timestamp = Timestamp(nanoseconds: 0), link: String = "", major: UInt32 = 0,
        minor: UInt32 = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        self.modified = modified
        self.link = link
        self.major = major
        self.minor = minor
        self.attributes = attributes
    }
}
