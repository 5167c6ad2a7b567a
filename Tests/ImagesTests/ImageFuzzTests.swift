import Archive
import Glibc
import Images
import Linux
import OCI
import Support
import Testing

/// Layers and manifests that someone damaged on purpose: a fixed number of mutations of `Tests/Corpus`, the
/// same at every run. A crash ends the whole test program.
@Suite struct ImageFuzzTests {
    private static let rounds = 1500

    private static func corpus(_ kind: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = "\(Path.parent(Path.parent(#filePath)))/Corpus/\(kind)"
        let names = try Files.list(folder)
        #expect(!names.isEmpty)
        return try names.map { ($0, try Files.read("\(folder)/\($0)")) }
    }

    /// SplitMix64: the same numbers everywhere.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }

        mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
            var out = bytes
            for _ in 0..<Int.random(in: 1...6, using: &self) {
                let at = Int.random(in: 0..<out.count, using: &self)
                switch Int.random(in: 0..<4, using: &self) {
                case 0: out[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
                case 1: out[at] = UInt8.random(in: 0...255, using: &self)
                case 2: out[at] = [0x2E, 0x2F, 0x30, 0x37, 0xFF].randomElement(using: &self) ?? 0
                default:
                    if out.count > 600, Int.random(in: 0..<4, using: &self) == 0 { out.removeSubrange(at...) }
                }
                if out.isEmpty { return bytes }
            }
            return out
        }
    }

    /// The sum of a header is mended, so that more than the sum's check is tested.
    private static func mend(_ tar: inout [UInt8]) {
        for start in stride(from: 0, to: tar.count - 511, by: 512)
        where Array(tar[start + 257..<start + 262]) == Array("ustar".utf8) {
            for i in 148..<156 { tar[start + i] = 0x20 }
            let sum = tar[start..<start + 512].reduce(0) { $0 + Int($1) }
            let text = String(sum, radix: 8)
            let padded = String(repeating: "0", count: 6 - text.count) + text
            for (i, c) in padded.utf8.enumerated() { tar[start + 148 + i] = c }
            tar[start + 154] = 0
        }
    }

    @Test func layersStayInTheirFolder() throws {
        let top = "/tmp/escale-fuzz-\(Hex.random(6))"
        defer { try? Files.removeTree(top) }
        var refused = 0
        for (name, bytes) in try Self.corpus("tar") {
            var numbers = Numbers(state: UInt64(bytes.count))
            for round in 0..<Self.rounds {
                var tar = numbers.mutate(bytes)
                if round % 4 != 0 { Self.mend(&tar) }
                try Files.makeDirectory("\(top)/in")
                try Files.replace("\(top)/beside", [1])
                let root = try Sys.open("\(top)/in", O_RDONLY | O_DIRECTORY)
                do {
                    var options = ExtractOptions.layer(compressed: Int64(tar.count))
                    options.limits.bytes = 1 << 20
                    let summary = try TreeExtractor.extract(BytesSource(tar), into: root.raw, options)
                    #expect(summary.bytes <= 1 << 20)
                } catch { refused += 1 }
                #expect(try Files.list(top) == ["beside", "in"], "\(name) \(round)")
                #expect(try Files.read("\(top)/beside") == [1], "\(name) \(round)")
                try Files.removeTree("\(top)/in")
            }
        }
        #expect(refused > Self.rounds / 10)
    }

    @Test func manifests() throws {
        let test = TestStore()
        let session = try test.store.beginImport()
        var refused = 0
        for (name, bytes) in try Self.corpus("manifest") {
            _ = try session.addManifest(bytes)
            var numbers = Numbers(state: UInt64(bytes.count))
            for round in 0..<Self.rounds {
                do { _ = try session.addManifest(numbers.mutate(bytes)) } catch {
                    refused += 1
                    #expect([.invalid, .corrupt].contains(error.code), "\(name) \(round): \(error)")
                }
            }
        }
        #expect(refused > Self.rounds / 4)
        #expect(try test.store.list().isEmpty)
    }
}
