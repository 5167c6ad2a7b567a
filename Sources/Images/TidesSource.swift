import Archive
import Linux
import Support

/// What `escale/marees` takes from Debian packages: the calculator `bc`, the libraries that it loads, and
/// the loader. Real shared libraries, so that a learner can take one away and read what the loader says.
struct TidesSource: Sendable {
    /// Path in the image, content, mode; or a link's target.
    enum Item: Sendable {
        case file(String, [UInt8], mode: UInt32)
        case link(String, to: String)
    }
    let items: [Item]
    /// e.g. `bc 1.07.1-3+b1, libc6 2.36-9, …`.
    let packages: String

    /// From the kit's cache, else by download: `bc` and what it depends on.
    static func find(_ kit: Kit) throws(EscaleError) -> TidesSource {
        var items: [Item] = []
        var found: [DebianPackage] = []
        var wanted = ["bc"]
        while let name = wanted.popLast() {
            guard !found.contains(where: { $0.name == name }) else { continue }
            let package: DebianPackage
            if let kept = DebianPackage.cached(name, kit) {
                package = kept
            } else {
                package = try DebianPackage.download(name, kit)
            }
            found.append(package)
            items += try Self.items(of: package)
            // What the C library itself wants is for programs of other languages.
            if name != "libc6" { wanted += package.depends.filter { $0.hasPrefix("lib") } }
        }
        found.sort { $0.name < $1.name }
        return TidesSource(
            items: items, packages: found.map { "\($0.name) \($0.version)" }.joined(separator: ", "))
    }

    private static func items(of package: DebianPackage) throws(EscaleError) -> [Item] {
        var items: [Item] = []
        try package.forEachFile { (entry, content) throws(EscaleError) in
            guard let path = place(entry.path, package.name) else { return }
            switch entry.kind {
            case .file: items.append(.file(path, try content.readAll(), mode: entry.mode & 0o755))
            case .symlink: items.append(.link(path, to: entry.link))
            default: break
            }
        }
        return items
    }

    /// Where a package's file goes in the image; nil for one that is not needed. Newer releases keep under
    /// `/usr` what the program's loader is looked for in `/lib` and `/lib64`.
    private static func place(_ entry: String, _ package: String) -> String? {
        let path = entry.hasPrefix("./") ? String(entry.dropFirst(2)) : entry
        if path == "usr/bin/bc" || path == "usr/share/doc/\(package)/copyright" { return path }
        let short = path.hasPrefix("usr/") ? String(path.dropFirst(4)) : path
        guard short.hasPrefix("lib") else { return nil }
        let parts = short.split(separator: "/")
        let name = parts.last ?? ""
        if name.hasPrefix("ld-linux") { return short }
        // Directly in /lib/x86_64-linux-gnu or its like.
        guard parts.count == 3, parts[0] == "lib", name.contains(".so.") else { return nil }
        return package != "libc6" || name == "libc.so.6" ? short : nil
    }
}
