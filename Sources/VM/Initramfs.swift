import Support

extension GuestSetup {
    /// The initramfs: init, the modules in a folder a group, and what init needs before it has mounted
    /// anything. Not compressed: unpacking costs the guest more than reading costs the host.
    static func initramfs(_ files: KernelFiles, program: [UInt8]) throws(EscaleError)
        -> (archive: [UInt8], modules: [String: [String]])
    {
        var cpio = CpioWriter()
        for folder in ["dev", "modules", "proc", "proc/self"] { cpio.folder(folder) }
        cpio.character("dev/console", major: 5, minor: 1)
        // The Swift runtime asks for its program before main could mount /proc.
        cpio.link("proc/self/exe", to: "/init")
        var names: [String: [String]] = [:]
        var loaded = Set<String>()
        for group in groups {
            let all = KernelModule.order(group.modules, available: files.modules)
            let base = ["base", "mmio", "pci", "devices"].contains(group.name)
            cpio.folder("modules/\(group.name)")
            for (i, module) in all.filter({ !loaded.contains($0.name) }).enumerated() {
                let number = i < 10 ? "0\(i)" : "\(i)"
                cpio.file("modules/\(group.name)/\(number)-\(module.name).ko", module.content)
                names[group.name, default: []].append(module.name)
                // Either transport may be absent: what both need must be in `base`.
                if base, group.name != "mmio", group.name != "pci" { loaded.insert(module.name) }
            }
        }
        cpio.file("init", mode: 0o755, try Elf.withoutSections(program))
        cpio.finish()
        return (cpio.bytes, names)
    }
}

/// ELF programs (elf(5)).
enum Elf {
    /// The program without what only debuggers read: symbols and section headers, which follow the last
    /// byte that is loaded.
    static func withoutSections(_ program: [UInt8]) throws(EscaleError) -> [UInt8] {
        func number(_ at: Int, _ size: Int) -> Int {
            program[at..<at + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard program.count > 64, program.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw EscaleError(.corrupt, "init: not a 64-bit program")
        }
        let (table, size, count) = (number(0x20, 7), number(0x36, 2), number(0x38, 2))
        guard table + size * count <= program.count else { throw EscaleError(.corrupt, "init: cut short") }
        var end = table + size * count
        for i in 0..<count {
            end = max(end, number(table + i * size + 8, 7) + number(table + i * size + 32, 7))
        }
        guard end <= program.count else { throw EscaleError(.corrupt, "init: cut short") }
        var out = Array(program[..<end])
        for at in Array(0x28..<0x30) + Array(0x3C..<0x40) { out[at] = 0 }
        return out
    }
}
