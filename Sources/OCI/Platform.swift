import Support

/// Operating system and processor, in Go's words (`linux`, `amd64`).
public struct Platform: Codable, Hashable, Sendable {
    public var architecture: String
    public var os: String
    public var variant: String?

    public init(architecture: String, os: String = "linux", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// Reads `linux/arm64/v8`, `linux/amd64`, `arm64` or `linux`, as `--platform` takes them; what the
    /// machine `uname` calls `x86_64` or `aarch64` is understood. Throws `.invalid`.
    public init(_ text: String) throws(EscaleError) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0)
                }
        }
        guard isPlain, parts.count <= 3 else {
            throw EscaleError(
                .invalid, "invalid platform \"\(text)\": expected OS/ARCHITECTURE[/VARIANT], e.g. linux/arm64"
            )
        }
        let systems = ["linux", "windows", "darwin", "freebsd"]
        if parts.count == 1, systems.contains(parts[0]) {
            self.init(architecture: Self.current.architecture, os: parts[0], variant: nil)
        } else if parts.count == 1 {
            self.init(architecture: parts[0])
        } else {
            self.init(architecture: parts[1], os: parts[0], variant: parts.count == 3 ? parts[2] : nil)
        }
        self = normalized
    }

    /// The platform of this build.
    public static var current: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64")
        #elseif arch(arm64)
            Platform(architecture: "arm64")
        #else
            #error("no name for this architecture")
        #endif
    }

    /// One spelling for each processor: an arm64 without variant is a v8, an arm a v7, an amd64 a v1.
    public var normalized: Platform {
        var p = self
        switch architecture {
        case "x86_64", "x86-64", "amd64":
            p.architecture = "amd64"
            if variant == "v1" { p.variant = nil }
        case "i386", "i486", "i586", "i686", "x86": p.architecture = "386"
        case "aarch64", "arm64":
            p.architecture = "arm64"
            if ["8", "v8"].contains(variant) { p.variant = nil }
        case "armhf", "armel", "arm":
            p.variant = architecture == "armel" ? "v6" : variant ?? "v7"
            p.architecture = "arm"
            if let v = p.variant, !v.hasPrefix("v") { p.variant = "v\(v)" }
        default: break
        }
        if p.variant == "" { p.variant = nil }
        return p
    }

    /// How well an image made for `other` suits this platform: 0 exactly, more for older variants of the
    /// same processor, nil where it can't run.
    public func rank(_ other: Platform) -> Int? {
        let (wanted, other) = (normalized, other.normalized)
        guard wanted.os == other.os, wanted.architecture == other.architecture else { return nil }
        if wanted.variant == other.variant { return 0 }
        func number(_ p: Platform) -> Int? {
            guard let variant = p.variant else { return p.architecture == "arm64" ? 8 : 1 }
            return Int(variant.drop { $0 == "v" })
        }
        // Of an unknown variant nothing is known: last, as the only one it may still do.
        guard let mine = number(wanted), let its = number(other) else { return 100 }
        return its <= mine ? mine - its : nil
    }
}

extension Platform: CustomStringConvertible {
    /// `linux/arm64/v8`
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
}
