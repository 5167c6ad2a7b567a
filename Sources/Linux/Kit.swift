import Glibc
import Support

/// Where one kit keeps its files. Two kits with different roots never meet.
public struct Kit: Sendable, Equatable {
    /// Data that lasts: `ESCALE_ROOT`, else `/var/lib/escale` or `$XDG_DATA_HOME/escale`.
    public let root: String
    /// Sockets and state of this boot: `ESCALE_RUN`, else `/run/escale` or `$XDG_RUNTIME_DIR/escale`.
    public let run: String

    public init(root: String, run: String) {
        self.root = root
        self.run = run
    }

    /// From the environment, for the calling user.
    public static var current: Kit {
        let isRoot = geteuid() == 0
        let home = Environment["HOME"] ?? "/tmp"
        let data = Environment["XDG_DATA_HOME"] ?? "\(home)/.local/share"
        let runtime = Environment["XDG_RUNTIME_DIR"] ?? "/tmp/escale-\(geteuid())"
        return Kit(
            root: Environment["ESCALE_ROOT"] ?? (isRoot ? "/var/lib/escale" : "\(data)/escale"),
            run: Environment["ESCALE_RUN"] ?? (isRoot ? "/run/escale" : "\(runtime)/escale"))
    }

    public var dockerSocket: String { "\(run)/docker.sock" }
    /// OCI image layout: `oci-layout`, `index.json`, `blobs/`.
    public var images: String { "\(root)/images" }
    /// Unpacked layers, a folder a layer, named by diff id.
    public var layers: String { "\(root)/layers" }
    public var containers: String { "\(root)/containers" }
    public var vms: String { "\(root)/vms" }
    public var network: String { "\(root)/network" }
    public var progress: String { "\(root)/progress" }
    public var workspaces: String { "\(root)/workspaces" }
    /// Downloaded packages and what is made from them; can be deleted at any time.
    public var cache: String { "\(root)/cache" }
    /// The guest's kernel, modules and initramfs.
    public var guest: String { "\(root)/guest" }
}

/// The process's environment.
public enum Environment {
    /// A variable, nil where it is unset or empty.
    public static subscript(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// All of it, as `NAME=value`.
    public static var all: [String] {
        var list: [String] = []
        var at = environ
        while let entry = at.pointee {
            list.append(String(cString: entry))
            at += 1
        }
        return list
    }
}
