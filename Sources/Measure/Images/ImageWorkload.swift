import Archive
import Images
import Linux
import OCI
import Support

/// What images are measured with: the same bytes from the same seed, on every machine.
public struct ImageWorkload: Sendable {
    /// Bytes of files of the image that is pulled and pushed, and the layers that hold them.
    public let bytes: Int
    public let layers: Int
    public let seed: UInt64

    public init(bytes: Int, layers: Int = 6, seed: UInt64 = 4) {
        self.bytes = bytes
        self.layers = layers
        self.seed = seed
    }

    /// Makes the image in a store.
    public func make(in store: ImageStore, name: String) throws(EscaleError) {
        let ingest = try store.beginImport()
        var stored: [StoredLayer] = []
        for layer in 0..<layers {
            stored.append(
                try ingest.addLayer(history: .init(createdBy: "escale bench images")) {
                    (tar) throws(EscaleError) in
                    for file in files(layer) {
                        try tar.add(
                            TarEntry(path: file.path, kind: .file, mode: 0o644), content: file.content)
                    }
                })
        }
        _ = try ingest.finish(layers: stored, config: ImageConfig(), names: [try Reference(name)])
    }

    /// Files of a layer: many small ones and a few large ones, as programs and their libraries are.
    package func files(_ layer: Int) -> [(path: String, content: [UInt8])] {
        var random = SplitMix64(seed &+ UInt64(layer) &* 0x1000)
        var left = bytes / layers
        var all: [(path: String, content: [UInt8])] = []
        while left > 0 {
            let kind = random.next() % 16
            let wanted =
                kind == 0 ? 1 << 20 : kind < 4 ? Int(random.next() % 200_000) : Int(random.next() % 16_000)
            let size = min(left, wanted + 1)
            let folder = all.count / 64
            all.append(("srv/\(layer)/\(folder)/f\(all.count)", Self.content(size, &random)))
            left -= size
        }
        return all
    }

    /// Bytes that gzip shrinks to about half: words, runs of one byte, and what can't be shrunk.
    package static func content(_ size: Int, _ random: inout SplitMix64) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(size + 64)
        while out.count < size {
            let piece = 64 + Int(random.next() % 192)
            switch random.next() % 8 {
            case 0: out += [UInt8](repeating: 0, count: piece)
            case 1...3:
                for _ in 0..<(piece / 8) {
                    withUnsafeBytes(of: random.next()) { out.append(contentsOf: $0) }
                }
            default:
                for _ in 0..<(piece / 6) { out.append(contentsOf: words[Int(random.next() % 64)]) }
            }
        }
        return Array(out.prefix(size))
    }

    /// 64 words of three to eight letters, always the same.
    private static let words: [[UInt8]] = {
        var random = SplitMix64(64)
        return (0..<64).map { _ in
            (0..<(3 + random.next() % 6)).map { _ in UInt8(97 + random.next() % 26) } + [32]
        }
    }()
}

/// A small generator of numbers that are the same everywhere (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", 2014).
package struct SplitMix64: Sendable {
    private var state: UInt64
    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A Dockerfile of ten instructions and its context.
enum BuildWorkload {
    static func write(to folder: String, base: String) throws(EscaleError) {
        var random = SplitMix64(10)
        for (name, count, size) in [("conf", 60, 2_000), ("lib", 120, 12_000)] {
            try Files.makeDirectory("\(folder)/\(name)")
            for i in 0..<count {
                try Files.replace("\(folder)/\(name)/f\(i)", ImageWorkload.content(size, &random))
            }
        }
        try Files.replace("\(folder)/main.sh", Array("cat data/sums\n".utf8))
        try Files.replace("\(folder)/Dockerfile", Array(text(base).utf8))
    }

    private static func text(_ base: String) -> String {
        """
        FROM \(base)
        ENV APP=/srv/app
        WORKDIR /srv/app
        COPY conf/ conf/
        RUN mkdir data && seq 1 2000 >data/numbers
        COPY lib/ lib/
        RUN sort -u conf/* >data/lines
        RUN sha256sum data/* >data/sums
        COPY main.sh .
        CMD ["sh", "main.sh"]

        """
    }
}
