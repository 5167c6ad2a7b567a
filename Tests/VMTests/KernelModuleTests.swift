import Support
import Testing
import VM

@Suite struct KernelModuleTests {
    private func module(_ name: String, _ needs: String...) -> (String, KernelModule) {
        (name, KernelModule(name: name, needs: needs))
    }

    private var available: [String: KernelModule] {
        Dictionary(
            uniqueKeysWithValues: [
                module("virtio_ring"), module("virtio", "virtio_ring"),
                module("virtio_mmio", "virtio", "virtio_ring"), module("failover"),
                module("net_failover", "failover"), module("virtio_net", "virtio", "net_failover")
            ])
    }

    @Test func needsComeFirstAndOnce() {
        let order = KernelModule.order(["virtio-net", "virtio_mmio"], available: available).map(\.name)
        #expect(
            order == ["virtio_ring", "virtio", "failover", "net_failover", "virtio_net", "virtio_mmio"])
    }

    @Test func whatIsBuiltInIsPassedOver() {
        #expect(KernelModule.order(["ext4", "failover"], available: available).map(\.name) == ["failover"])
    }

    @Test func aCircleEnds() {
        let circle = Dictionary(uniqueKeysWithValues: [module("a", "b"), module("b", "a")])
        #expect(KernelModule.order(["a"], available: circle).map(\.name) == ["b", "a"])
    }

    /// An ELF object with nothing but the section names and `.modinfo`.
    private func object(_ info: String) -> [UInt8] {
        let names = Array("\0.modinfo\0.shstrtab\0".utf8)
        let content = Array(info.utf8)
        var elf = [UInt8](repeating: 0, count: 64) + names + content
        let table = elf.count
        func put(_ value: Int, _ size: Int, at: Int) {
            for i in 0..<size { elf[at + i] = UInt8(value >> (8 * i) & 255) }
        }
        elf.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        elf += [UInt8](repeating: 0, count: 3 * 64)
        put(table, 8, at: 0x28)
        put(64, 2, at: 0x3A)
        put(3, 2, at: 0x3C)
        put(2, 2, at: 0x3E)
        for (i, section) in [(1, 64 + names.count, content.count), (10, 64, names.count)].enumerated() {
            let at = table + (i + 1) * 64
            put(section.0, 4, at: at)
            put(section.1, 8, at: at + 0x18)
            put(section.2, 8, at: at + 0x20)
        }
        return elf
    }

    @Test func readsModinfo() throws {
        let module = try KernelModule(
            file: "virtio-net.ko", content: object("license=GPL\0depends=virtio,net-failover\0name=x\0"))
        #expect(module.name == "virtio_net")
        #expect(module.needs == ["virtio", "net_failover"])
    }

    @Test func hostileObjects() throws {
        let good = object("depends=\0")
        #expect(try KernelModule(file: "a.ko", content: good).needs.isEmpty)
        // The last header is not needed any more once `.modinfo` is found.
        for length in stride(from: 0, to: good.count - 64, by: 7) {
            #expect(throws: EscaleError.self) {
                try KernelModule(file: "a.ko", content: Array(good[..<length]))
            }
        }
    }
}

@Suite struct Lz4Tests {
    /// A frame of one block.
    private func frame(_ block: [UInt8]) -> ArraySlice<UInt8> {
        (Lz4.legacyMagic + [UInt8(block.count), 0, 0, 0] + block)[...]
    }

    @Test func literalsAndAnOverlappingMatch() throws {
        // "ab", then 6 bytes from 2 back, then the literal "!".
        let block: [UInt8] = [0x22, 0x61, 0x62, 2, 0, 0x10, 0x21]
        let out = try Lz4.decompress(frame(block), size: 9)
        #expect(String(decoding: out, as: UTF8.self) == "abababab!")
    }

    @Test func corruptData() {
        // A match from before the beginning, output that is too long, and too short.
        #expect(throws: EscaleError.self) { try Lz4.decompress(frame([0x12, 0x61, 9, 0]), size: 7) }
        #expect(throws: EscaleError.self) { try Lz4.decompress(frame([0x20, 0x61, 0x62]), size: 1) }
        #expect(throws: EscaleError.self) { try Lz4.decompress(frame([0x20, 0x61, 0x62]), size: 3) }
    }
}
