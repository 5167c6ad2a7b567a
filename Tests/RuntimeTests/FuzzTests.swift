import Glibc
import Linux
import OCI
import Runtime
import Support
import Testing

/// Files that a crash, a bug or an attacker made: a fixed number of mutations of `Tests/Corpus`, the same at
/// every run. A crash ends the whole test program; an error must say where it is.
@Suite struct FuzzTests {
    private static let rounds = 3000
    private static let fields: Set<String> = [
        "ociVersion", "process", "root", "hostname", "domainname", "mounts", "hooks", "annotations", "linux",
        // Where it is all of it.
        "document"
    ]

    private static func corpus(_ kind: String) throws -> [(name: String, bytes: [UInt8])] {
        let tests = Path.parent(Path.parent(#filePath))
        let folder = "\(tests)/Corpus/\(kind)"
        let names = try Files.list(folder)
        #expect(!names.isEmpty)
        return try names.map { ($0, try Files.read("\(folder)/\($0)")) }
    }

    @Test func corpusItselfIsFine() throws {
        for (_, bytes) in try Self.corpus("config") { try SpecCheck.check(try Bundle.decode(bytes)) }
    }

    @Test func bytesOfConfigs() throws {
        for (name, bytes) in try Self.corpus("config") {
            var mutator = Mutator(seed: UInt64(bytes.count))
            for round in 0..<Self.rounds {
                let error = Self.error(of: mutator.flip(bytes))
                guard let error else { continue }
                let named = Self.fields.contains { error.message.contains($0) }
                #expect(named || error.message.hasPrefix("invalid JSON"), "\(name) \(round): \(error)")
            }
        }
    }

    @Test func valuesOfConfigs() throws {
        var refused = 0
        for (name, bytes) in try Self.corpus("config") {
            let json = try JSON.parse(bytes)
            var mutator = Mutator(seed: UInt64(bytes.count))
            for round in 0..<Self.rounds {
                guard let error = Self.error(of: mutator.change(json).bytes()) else { continue }
                refused += 1
                #expect(
                    Self.fields.contains { error.message.contains($0) }, "\(name) \(round): \(error)")
            }
        }
        // Mutations that change nothing would prove nothing.
        #expect(refused > Self.rounds / 4)
    }

    @Test func states() throws {
        let root = "/tmp/escale-fuzz-\(Hex.random(6))"
        try Files.makeDirectory("\(root)/c")
        defer { try? Files.removeTree(root) }
        let store = StateStore(root)
        for (name, bytes) in try Self.corpus("state") {
            let json = try JSON.parse(bytes)
            var mutator = Mutator(seed: UInt64(bytes.count))
            for round in 0..<Self.rounds {
                let input = round % 2 == 0 ? mutator.flip(bytes) : mutator.change(json).bytes()
                // A journal without configuration, and its only record.
                let fd = try Sys.open("\(root)/c/state", O_WRONLY | O_CREAT | O_TRUNC)
                try Sys.writeAll(fd.raw, Array("0\n\n".utf8) + input + [10])
                do throws(EscaleError) { _ = try store.load("c").state() } catch {
                    #expect(error.message.hasPrefix("container "), "\(name) \(round): \(error)")
                }
            }
        }
        #expect(try store.list().count <= 1)
    }

    /// What reading and checking a configuration says, nil where it is taken.
    private static func error(of bytes: [UInt8]) -> EscaleError? {
        do throws(EscaleError) {
            let spec = try Bundle.decode(bytes)
            try SpecCheck.check(spec)
            if let seccomp = spec.linux?.seccomp { _ = try SeccompFilter(seccomp, cache: nil) }
            _ = IDMaps.text(spec.linux?.uidMappings ?? [])
            return nil
        } catch {
            return error
        }
    }
}

/// The same changes for the same seed.
struct Mutator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Bits turned over, and stretches cut, doubled or replaced.
    mutating func flip(_ bytes: [UInt8]) -> [UInt8] {
        var out = bytes
        for _ in 0..<Int.random(in: 1...6, using: &self) where !out.isEmpty {
            let at = Int.random(in: out.indices, using: &self)
            let end = min(out.count, at + Int.random(in: 1...32, using: &self))
            switch Int.random(in: 0..<5, using: &self) {
            case 0: out[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: out.removeSubrange(at..<end)
            case 2: out.insert(contentsOf: out[at..<end], at: at)
            case 3: out.removeSubrange(at...)
            default: out.insert(contentsOf: Self.pieces.randomElement(using: &self) ?? [], at: at)
            }
        }
        return out
    }

    private static let pieces: [[UInt8]] =
        ["{", "[", "\"", "\\u0000", "-", "1e999", ",", "null", "\\ud800", "18446744073709551616"].map {
            Array($0.utf8)
        }
        + [[0xFF], [0]]

    /// One value somewhere in it becomes another.
    mutating func change(_ json: JSON) -> JSON {
        switch json {
        case .object(var object) where !object.members.isEmpty && !isHere:
            let member = object.members[Int.random(in: object.members.indices, using: &self)]
            object[member.key] = Int.random(in: 0..<12, using: &self) == 0 ? nil : change(member.value)
            return .object(object)
        case .array(var array) where !array.isEmpty && !isHere:
            let i = Int.random(in: array.indices, using: &self)
            array[i] = change(array[i])
            return .array(array)
        default: return values.randomElement(using: &self) ?? .null
        }
    }

    /// Now and then a whole branch goes.
    private var isHere: Bool { mutating get { Int.random(in: 0..<10, using: &self) == 0 } }

    private let values: [JSON] = [
        .null, true, "", "/", "..", "a\u{0}b", "é", .string(String(repeating: "x", count: 5000)), 0, -1, 1.5,
        .int(.max), .int(.min), .uint(.max), 4_294_967_296, 1e300, [], [[]], ["x", 1], [:], ["a": "b"]
    ]
}
