import Glibc
import Support

/// One write into a cgroup's folder.
public struct CgroupWrite: Sendable, Equatable {
    public var file: String
    public var value: String
    /// The field of `linux.resources` that asks for it: errors name it.
    public var field: String
    /// A kernel may lack the file (swap accounting): nothing is said then.
    public var optional = false
    /// May be refused until the writes after it are done (a limit above another that is still lower):
    /// it is then tried once more at the end.
    public var retried = false

    public init(
        _ file: String, _ value: some CustomStringConvertible, for field: String, optional: Bool = false,
        retried: Bool = false
    ) {
        self.file = file
        self.value = value.description
        self.field = field
        self.optional = optional
        self.retried = retried
    }
}

/// A field of `linux.resources` that asks for something, and what it asks.
public struct CgroupField: Sendable, Equatable {
    /// From `linux.resources` on: `memory.limit`.
    public var name: String
    public var value: String

    public init(_ name: String, _ value: some CustomStringConvertible) {
        self.name = name
        self.value = value.description
    }

    /// Nil where nothing is asked.
    init?(_ name: String, asked value: (some CustomStringConvertible)?) {
        guard let value else { return nil }
        self.init(name, value)
    }

    /// Nil where there is nothing to keep within: 0 or less is no limit.
    init?(_ name: String, above0 value: (some BinaryInteger)?) {
        guard let value, value > 0 else { return nil }
        self.init(name, value)
    }

    public func refused(
        _ code: EscaleError.Code, _ reason: String, errno: Int32 = 0, repair: String? = nil
    ) -> EscaleError {
        EscaleError(code, "linux.resources.\(name): \(value): \(reason)", errno: errno, repair: repair)
    }
}

/// A controller: which files its limits go to, and what it counts. One Swift file each; no I/O but in the
/// cgroup's folder.
public protocol CgroupController: Sendable {
    /// As the kernel names it in version 1, and in version 2 where it differs.
    static var name: String { get }
    static var unifiedName: String { get }
    /// Version 2 has it in every cgroup, whether or not `cgroup.controllers` names it.
    static var isCore: Bool { get }
    /// What these limits ask of it: where the controller is missing, they are refused.
    static func asked(_ limits: CgroupLimits) -> [CgroupField]
    /// In order. Reads of `folder` tell which of several files the kernel has, or the present limits.
    static func writes(_ limits: CgroupLimits, to folder: CgroupFolder) throws(EscaleError) -> [CgroupWrite]
    /// Makes the limits hold: the writes, but for what has no files.
    static func apply(_ limits: CgroupLimits, to folder: CgroupFolder) throws(EscaleError)
    /// Fills its part of the figures from the files of `folder`.
    static func read(_ folder: CgroupFolder, into stats: inout CgroupStats)
}

extension CgroupController {
    public static var unifiedName: String { name }
    public static var isCore: Bool { false }
    public static func asked(_ limits: CgroupLimits) -> [CgroupField] { [] }
    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    { [] }
    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {}

    public static func apply(_ limits: CgroupLimits, to folder: CgroupFolder) throws(EscaleError) {
        try folder.write(writes(limits, to: folder), asked: asked(limits))
    }

    /// The first of these fields that is asked for, as the error that refuses it.
    static func refuse(_ limits: CgroupLimits, _ fields: Set<String>, _ reason: String) throws(EscaleError) {
        if let field = asked(limits).first(where: { fields.contains($0.name) }) {
            throw field.refused(.unavailable, reason, repair: "leave the field out")
        }
    }
}

/// A cgroup's folder in one hierarchy.
public struct CgroupFolder: Sendable, Equatable {
    public let path: String
    public let version: CgroupHost.Version

    public init(_ path: String, _ version: CgroupHost.Version) {
        self.path = path
        self.version = version
    }

    public func has(_ file: String) -> Bool { Files.exists("\(path)/\(file)") }

    public func text(_ file: String) -> String? { try? Files.text("\(path)/\(file)") }

    /// A file with one number; `max` and what stands for it in version 1 are nil.
    public func number(_ file: String) -> UInt64? {
        guard let text = text(file), let n = UInt64(text.prefix { $0 != "\n" }) else { return nil }
        return n >= 0x7FFF_FFFF_FFFF_F000 ? nil : n
    }

    /// A file of `key value` lines.
    public func table(_ file: String) -> [String: UInt64] {
        var table: [String: UInt64] = [:]
        for line in (text(file) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let n = UInt64(words[1]) { table[String(words[0])] = n }
        }
        return table
    }

    /// - Parameter asked: the fields with the values that errors tell.
    func write(_ writes: [CgroupWrite], asked: @autoclosure () -> [CgroupField]) throws(EscaleError) {
        // A container has some twenty device rules: their file is opened once.
        var name = ""
        var fd = FD(owning: -1)
        var again: [CgroupWrite] = []
        for write in writes {
            do throws(EscaleError) {
                if write.file != name {
                    fd = try Sys.open("\(path)/\(write.file)", O_WRONLY)
                    name = write.file
                }
                try Sys.writeAll(fd.raw, write.value.utf8)
            } catch {
                if write.optional, error.errno == ENOENT || error.errno == EOPNOTSUPP { continue }
                if write.retried, error.errno == EINVAL {
                    again.append(write)
                    continue
                }
                throw refusal(of: write, error, asked())
            }
        }
        for write in again {
            do { try Files.poke("\(path)/\(write.file)", write.value) } catch {
                throw refusal(of: write, error, asked())
            }
        }
    }

    private func refusal(of write: CgroupWrite, _ error: EscaleError, _ asked: [CgroupField]) -> EscaleError {
        let field = asked.first { $0.name == write.field } ?? CgroupField(write.field, write.value)
        if error.errno == ENOENT {
            return field.refused(.unavailable, "this host has no \(path)/\(write.file)", errno: ENOENT)
        }
        return field.refused(
            error.code, "write \(path)/\(write.file) \"\(write.value)\": \(ErrnoText.text(error.errno))",
            errno: error.errno)
    }
}
