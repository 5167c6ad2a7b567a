import Support

/// What a kernel module says of itself in its `.modinfo` section (MODULE_INFO in linux/module.h).
/// Debian's package has no modules.dep: depmod writes it at installation, which never happens here.
public struct KernelModule: Equatable, Sendable {
    /// With underscores, as the kernel shows it.
    public var name: String
    public var needs: [String]
    public var content: [UInt8]

    public init(name: String, needs: [String], content: [UInt8] = []) {
        self.name = name
        self.needs = needs
        self.content = content
    }

    /// Reads a 64-bit little-endian ELF object (elf(5)).
    public init(file: String, content: [UInt8]) throws(EscaleError) {
        let info = try Self.section(".modinfo", of: content, file)
        var needs: [String] = []
        for field in info.split(separator: 0) {
            let text = String(decoding: field, as: UTF8.self)
            if text.hasPrefix("depends=") {
                needs = text.dropFirst(8).split(separator: ",").map { Self.normal(String($0)) }
            }
        }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        self.init(name: Self.normal(String(name.prefix { $0 != "." })), needs: needs, content: content)
    }

    /// Module names take `-` and `_` as the same.
    public static func normal(_ name: String) -> String {
        String(name.map { $0 == "-" ? "_" : $0 })
    }

    /// The wanted modules and all they need, each after its needs; the order is that of the request
    /// otherwise. Names that `available` lacks are built into the kernel: they are passed over.
    public static func order(_ wanted: [String], available: [String: KernelModule]) -> [KernelModule] {
        var done = Set<String>()
        var list: [KernelModule] = []
        func add(_ name: String) {
            guard done.insert(name).inserted, let module = available[name] else { return }
            for need in module.needs { add(need) }
            list.append(module)
        }
        for name in wanted { add(normal(name)) }
        return list
    }

    private static func section(_ name: String, of elf: [UInt8], _ file: String) throws(EscaleError)
        -> ArraySlice<UInt8>
    {
        let corrupt = EscaleError(.corrupt, "\(file): not a kernel module")
        func number(_ at: Int, _ size: Int) -> Int? {
            guard at >= 0, at + size <= elf.count else { return nil }
            return elf[at..<at + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard elf.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), let table = number(0x28, 7),
            let size = number(0x3A, 2), let count = number(0x3C, 2), let names = number(0x3E, 2),
            let text = number(table + names * size + 0x18, 7)
        else { throw corrupt }
        for i in 0..<count {
            let header = table + i * size
            guard let nameAt = number(header, 4), let offset = number(header + 0x18, 7),
                let length = number(header + 0x20, 7), text + nameAt < elf.count
            else { throw corrupt }
            let found = elf[(text + nameAt)...].prefix { $0 != 0 }
            if found.elementsEqual(name.utf8) {
                guard offset + length <= elf.count else { throw corrupt }
                return elf[offset..<offset + length]
            }
        }
        throw corrupt
    }
}
