import Archive
import Glibc
import Support

/// Looks for a text in everything an image is made of. Pure.
package enum ImageSearch {
    /// Names of what holds the text: `app/jeton` for a file of a layer, « la configuration de l’image » for the rest
    /// (environment, labels, history).
    /// - Parameter blobs: the configuration and the layers, these compressed or not.
    package static func places(of text: String, in blobs: [[UInt8]]) throws(EscaleError) -> [String] {
        var search = Search(text: text)
        for blob in blobs { try search.look(at: blob) }
        return search.places
    }

    /// - Parameter archive: what `docker save` gives.
    package static func places(of text: String, inArchive archive: [UInt8]) throws(EscaleError) -> [String] {
        var search = Search(text: text)
        let outer = try ArchiveReader(BytesSource(archive), format: .tar)
        while let entry = try outer.next() {
            if entry.kind == .file { try search.look(at: try outer.readAll()) }
        }
        return search.places
    }
}

private struct Search {
    let text: String
    let needle: [UInt8]
    var places: [String] = []

    init(text: String) {
        self.text = text
        needle = Array(text.utf8)
    }

    private mutating func note(_ place: String) { if !places.contains(place) { places.append(place) } }

    mutating func look(at blob: [UInt8]) throws(EscaleError) {
        let bytes = try Decompressor(BytesSource(blob)).readAll()
        guard isTar(bytes) else {
            if holds(bytes) { note("la configuration de l’image") }
            return
        }
        let layer = try ArchiveReader(BytesSource(bytes), format: .tar)
        while let file = try layer.next() {
            if file.path.contains(text) || file.link.contains(text) { note(file.path) }
            guard file.kind == .file else { continue }
            if holds(try layer.readAll()) { note(file.path) }
        }
    }

    /// The magic of POSIX ustar and GNU tar.
    private func isTar(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 512 && bytes[257..<262].elementsEqual("ustar".utf8)
    }

    private func holds(_ bytes: [UInt8]) -> Bool {
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
