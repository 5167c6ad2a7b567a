import Glibc

extension EscaleError.Code {
    /// The kind of failure that an errno stands for (errno(3)).
    public init(errno: Int32) {
        switch errno {
        case ENOENT, ESRCH, ENODEV, ENXIO: self = .notFound
        case EEXIST, EBUSY, ENOTEMPTY: self = .conflict
        case EACCES, EPERM, EROFS: self = .denied
        case ENOSPC, EDQUOT: self = .noSpace
        case ENOMEM: self = .noMemory
        case EINVAL, ENAMETOOLONG, ENOTDIR, EISDIR, ELOOP: self = .invalid
        case ENOSYS, EOPNOTSUPP, ECONNREFUSED: self = .unavailable
        case ETIMEDOUT: self = .timeout
        case EINTR: self = .interrupted
        default: self = .internal
        }
    }
}

/// errno values in words.
public enum ErrnoText {
    /// As Go prints them, which users of Docker know: strerror(3) with a lower-case first letter.
    public static func text(_ errno: Int32) -> String {
        guard let c = strerror(errno) else { return "errno \(errno)" }
        let s = String(cString: c)
        return s.prefix(1).lowercased() + s.dropFirst()
    }
}
