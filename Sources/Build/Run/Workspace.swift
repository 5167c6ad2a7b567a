import Glibc
import Linux
import Support

/// Folders of one build. They are gone when it ends; `sweep` removes those of a daemon that died.
package struct Workspace: Sendable {
    /// On the file system of the layers.
    package let folder: String
    /// For secrets: in the kit's run folder, in memory on most hosts.
    package let secrets: String

    private static func folders(_ kit: Kit) -> [String] { ["\(kit.root)/build/work", "\(kit.run)/build"] }

    package init(kit: Kit) throws(EscaleError) {
        let name = Hex.random(8)
        let folders = Self.folders(kit).map { "\($0)/\(name)" }
        (folder, secrets) = (folders[0], folders[1])
        for folder in folders { try Files.makeDirectory(folder, mode: 0o700) }
    }

    package func remove() {
        try? Files.removeTree(secrets)
        try? Files.removeTree(folder)
    }

    /// A path in it that nothing has yet.
    package func path(_ name: String) -> String { "\(folder)/\(name)-\(Hex.random(4))" }

    /// At the daemon's start: no build is under way.
    package static func sweep(_ kit: Kit) {
        for folder in folders(kit) { try? Files.removeTree(folder) }
    }
}
