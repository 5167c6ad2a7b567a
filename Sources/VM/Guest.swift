import Glibc
import Linux
import Support

/// The guest that `escale setup` prepared: kernel and initramfs, the same for every machine.
public struct Guest: Codable, Equatable, Sendable {
    /// Raised when the making changes, so that kits make theirs again.
    static let format = 1

    var format: Int
    /// e.g. `linux-image-6.1.0-56-cloud-amd64 6.1.192-2`.
    public var package: String
    /// `uname -r` in the guest.
    public var release: String
    /// SHA-256 of the kernel image.
    public var kernelHash: String
    /// Size and time of the init that is inside.
    var initStamp: String
    /// The kernel proper, nil where only the compressed image can be booted.
    var extracted: Bool
    /// Modules in the initramfs, in the order of their loading, by group.
    public var modules: [String: [String]]

    init(
        package: String, release: String, kernelHash: String, initStamp: String, extracted: Bool,
        modules: [String: [String]]
    ) {
        format = Self.format
        self.package = package
        self.release = release
        self.kernelHash = kernelHash
        self.initStamp = initStamp
        self.extracted = extracted
        self.modules = modules
    }

    /// Throws `.unavailable`, with the repair, where there is none yet.
    public static func load(kit: Kit) throws(EscaleError) -> Guest {
        guard let bytes = try? Files.read(file(kit)), let json = try? JSON.parse(bytes),
            let guest: Guest = try? json.decode(), guest.format == format
        else {
            throw EscaleError(
                .unavailable, "the kernel of virtual machines is not prepared in \(kit.guest)",
                repair: "escale setup")
        }
        return guest
    }

    static func file(_ kit: Kit) -> String { "\(kit.guest)/guest.json" }

    /// What QEMU's `-kernel` gets.
    public func kernel(_ kit: Kit) -> String { "\(kit.guest)/\(extracted ? "vmlinux" : "vmlinuz")" }
    public func initramfs(_ kit: Kit) -> String { "\(kit.guest)/initramfs" }

    /// Bytes on disk of kernel and initramfs, which all machines share.
    public func diskUsage(_ kit: Kit) -> Int64 {
        SparseFile.usage(kernel(kit)) + SparseFile.usage(initramfs(kit))
    }
}

/// Programs of ours, beside the one that runs.
public enum Programs {
    public static var own: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, n)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public static func beside(_ name: String) -> String { "\(Path.parent(own))/\(name)" }
}
