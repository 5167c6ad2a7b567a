import Archive
import Glibc
import Linux
import Support

/// A folder of one test, removed when the test is over; `root` inside it is extracted into, what is
/// beside it must stay as it was.
final class Scratch {
    let path: String
    var root: String { "\(path)/root" }

    init() throws {
        path = "/tmp/escale-archive-\(Hex.random(6))"
        try Files.makeDirectory("\(path)/root")
        try Files.replace("\(path)/secret", Array("intact".utf8))
    }

    deinit { try? Files.removeTree(path) }

    func text(_ name: String) -> String? { try? Files.text("\(root)/\(name)") }
    func exists(_ name: String) -> Bool {
        var s = Glibc.stat()
        return lstat("\(root)/\(name)", &s) == 0
    }
    func stat(_ name: String) throws -> stat {
        var s = Glibc.stat()
        try Sys.call("lstat", name) { lstat("\(root)/\(name)", &s) }
        return s
    }
    /// What is beside the root, to show that nothing came and nothing changed.
    var outside: [String] {
        get throws { try Files.list(path) + [try Files.text("\(path)/secret")] }
    }

    @discardableResult
    func extract(_ tar: [UInt8], at base: String = "", _ options: ExtractOptions) throws -> ExtractSummary {
        let fd = try Sys.open(root, O_RDONLY | O_DIRECTORY)
        return try TreeExtractor.extract(BytesSource(tar), into: fd.raw, at: base, options)
    }
}

/// Options that an ordinary user can carry out.
let plain = ExtractOptions(owners: .caller)
let layer = ExtractOptions(whiteouts: .overlay(namespace: "user"), owners: .caller)

func tar(_ members: [(TarEntry, String)]) throws -> [UInt8] {
    let sink = BytesSink()
    let writer = TarWriter(sink)
    for (entry, content) in members { try writer.add(entry, content: Array(content.utf8)) }
    try writer.finish()
    return sink.bytes
}

func file(_ path: String, _ content: String = "x", mode: UInt32 = 0o644) -> (TarEntry, String) {
    (TarEntry(path: path, kind: .file, mode: mode), content)
}

func folder(_ path: String, mode: UInt32 = 0o755) -> (TarEntry, String) {
    (TarEntry(path: path, kind: .directory, mode: mode), "")
}

func link(_ path: String, _ target: String, _ kind: TarEntry.Kind = .symlink) -> (TarEntry, String) {
    (TarEntry(path: path, kind: kind, mode: 0o777, link: target), "")
}
