import Archive
import Glibc
import Support

/// Looks for a text in everything an image is made of, as `docker save` gives it. Pure.
package enum ImageSearch {
    /// Names of what holds the text: `app/jeton` for a file of a layer, « la configuration de l’image » for the rest
    /// (environment, labels, history).
    package static func places(of text: String, in archive: [UInt8]) throws(EscaleError) -> [String] {
        let needle = Array(text.utf8)
        var places: [String] = []
        func note(_ place: String) { if !places.contains(place) { places.append(place) } }
        let outer = try ArchiveReader(BytesSource(archive), format: .tar)
        while let entry = try outer.next() {
            guard entry.kind == .file else { continue }
            let bytes = try Decompressor(BytesSource(try outer.readAll())).readAll()
            guard isTar(bytes) else {
                if holds(bytes, needle) { note("la configuration de l’image") }
                continue
            }
            let layer = try ArchiveReader(BytesSource(bytes), format: .tar)
            while let file = try layer.next() {
                if file.path.contains(text) || file.link.contains(text) { note(file.path) }
                guard file.kind == .file else { continue }
                if holds(try layer.readAll(), needle) { note(file.path) }
            }
        }
        return places
    }

    /// The magic of POSIX ustar and GNU tar.
    private static func isTar(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 512 && bytes[257..<262].elementsEqual("ustar".utf8)
    }

    private static func holds(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let first = needle.first, bytes.count >= needle.count else { return false }
        return bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            let last = bytes.count - needle.count
            var at = 0
            while at <= last, let found = memchr(base + at, Int32(first), last + 1 - at) {
                if memcmp(found, needle, needle.count) == 0 { return true }
                at = UnsafeRawPointer(found) - base + 1
            }
            return false
        }
    }
}
