import Glibc
import Linux
import Support
import Testing

@Suite struct DeviceProgramTests {
    typealias Rule = CgroupLimits.DeviceRule

    static let everything = Rule(allow: true, type: "a", major: nil, minor: nil, access: "rwm")
    static let nothing = Rule(allow: false, type: "a", major: nil, minor: nil, access: "rwm")

    private func rule(
        _ allow: Bool, _ type: String, _ major: Int64?, _ minor: Int64?, _ access: String = "rwm"
    ) -> Rule {
        Rule(allow: allow, type: type, major: major, minor: minor, access: access)
    }

    private func program(_ rules: [Rule]) throws -> DeviceProgram {
        try #require(DeviceProgram.of(DevicesController.effective(rules)))
    }

    @Test func onlyRulesThatCountAreKept() {
        let null = rule(true, "c", 1, 3)
        let disk = rule(false, "b", 8, 0)
        #expect(DevicesController.effective([]) == [])
        #expect(DevicesController.effective([null]) == [Self.nothing, null])
        #expect(DevicesController.effective([disk, null, Self.nothing, null]) == [Self.nothing, null])
        #expect(
            DevicesController.effective([Self.nothing, Self.everything, null, disk, null])
                == [Self.everything, disk, null])
    }

    @Test func linesOfVersion1() throws {
        var limits = CgroupLimits()
        limits.devices = [Self.nothing, rule(true, "c", 1, -1, "rw"), rule(false, "b", 8, 1)]
        let writes = try DevicesController.writes(limits, to: CgroupFolder("/nosuch", .v1))
        #expect(
            writes.map { "\($0.file) \($0.value)" } == [
                "devices.deny a", "devices.allow c 1:* rw", "devices.deny b 8:1 rwm"
            ])
        // A new folder allows all already.
        limits.devices = [Self.everything, rule(true, "c", 1, 3)]
        #expect(try DevicesController.writes(limits, to: CgroupFolder("/nosuch", .v1)).isEmpty)
    }

    @Test func programOfAWholeAndAPartialRule() throws {
        let text = try program([
            rule(true, "c", 1, 3, "rw"), rule(true, "b", 8, 0), rule(false, "c", 1, nil, "w")
        ]).code.map(\.description)
        #expect(
            text == [
                "r2 = *(u32 *)(r1 + 0)", "w3 = w2", "w2 &= 0xffff", "w3 >>= 16",
                "r4 = *(u32 *)(r1 + 4)", "r5 = *(u32 *)(r1 + 8)",
                // deny c 1:* w
                "if w2 != 2 goto +6", "if w4 != 1 goto +5", "w6 = w3", "w6 &= 0x4", "if w6 == 0 goto +2",
                "w0 = 0", "exit",
                // allow b 8:0 rwm
                "if w2 != 1 goto +4", "if w4 != 8 goto +3", "if w5 != 0 goto +2", "w0 = 1", "exit",
                // allow c 1:3 rw
                "if w2 != 2 goto +6", "if w4 != 1 goto +5", "if w5 != 3 goto +4", "w3 &= 0xfffffff9",
                "if w3 != 0 goto +2", "w0 = 1", "exit",
                "w0 = 0", "exit"
            ])
    }

    @Test func instructionsAreTheKernels() throws {
        // struct bpf_insn: immediate, offset, source and target, opcode.
        #expect(
            try program([rule(true, "b", 8, 0, "rw")]).code.map(\.encoded) == [
                0x0000_0000_0000_1261, 0x0000_0000_0000_23bc, 0x0000_ffff_0000_0254, 0x0000_0010_0000_0374,
                0x0000_0000_0004_1461, 0x0000_0000_0008_1561, 0x0000_0001_0006_0256, 0x0000_0008_0005_0456,
                0x0000_0000_0004_0556, 0xffff_fff9_0000_0354, 0x0000_0000_0002_0356, 0x0000_0001_0000_00b4,
                0x0000_0000_0000_0095, 0x0000_0000_0000_00b4, 0x0000_0000_0000_0095
            ])
    }

    @Test func nothingDeniedIsNoProgram() {
        #expect(
            DeviceProgram.of(DevicesController.effective([Self.everything, rule(true, "c", 1, 3)])) == nil)
        #expect(DeviceProgram.of([]) == nil)
    }

    /// Every access to every device around the rules, by the program and by the rules as the
    /// specification reads them: for each of read, write and mknod the last rule that matches decides.
    @Test func decidesAsTheRulesDo() throws {
        let lists: [[Rule]] = [
            [Self.nothing, rule(true, "c", nil, nil, "m"), rule(true, "c", 1, 3), rule(true, "c", 136, nil)],
            [rule(true, "c", 1, 3, "r"), rule(true, "c", 1, 3, "w")],
            [
                Self.everything, rule(false, "b", nil, nil), rule(true, "b", 8, 1, "r"),
                rule(false, "c", 1, 3, "w")
            ],
            [rule(true, "c", 1, nil), rule(false, "c", 1, 3, "wm"), rule(true, "c", 1, 3, "m")],
            [Self.everything, rule(false, "c", 1, nil), rule(true, "c", 1, 3, "r"), rule(false, "b", 8, 0)]
        ]
        for rules in lists {
            let program = try program(rules)
            for type in ["b", "c"] {
                for major in [Int64(1), 8, 136] {
                    for minor in [Int64(0), 1, 3] {
                        for access in ["r", "w", "m", "rw", "rwm"] {
                            let wanted = decide(rules, type, major, minor, access)
                            #expect(
                                Machine.run(program, type, major, minor, access) == wanted,
                                "\(type) \(major):\(minor) \(access)")
                        }
                    }
                }
            }
        }
    }

    private func decide(_ rules: [Rule], _ type: String, _ major: Int64, _ minor: Int64, _ access: String)
        -> Bool
    {
        access.allSatisfy { letter in
            let last = rules.last { rule in
                if rule.type == "a" { return true }
                guard rule.type == type, rule.access.contains(letter) else { return false }
                return (rule.major ?? major) == major && (rule.minor ?? minor) == minor
            }
            return last?.allow ?? false
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root: the kernel checks the program"))
    func theKernelTakesIt() throws {
        let many = (0..<200).map { (i: Int) -> Rule in
            rule(i % 3 != 0, i % 2 == 0 ? "c" : "b", Int64(i), nil, "rw")
        }
        for rules in [[rule(true, "c", 1, 3)], [Self.everything, rule(false, "b", nil, nil, "w")], many] {
            let fd = try program(rules).load()
            #expect(fd >= 0)
            close(fd)
        }
    }
}

/// The few instructions of the kernel's machine that a device program uses.
enum Machine {
    static func run(
        _ program: DeviceProgram, _ type: String, _ major: Int64, _ minor: Int64, _ access: String
    ) -> Bool? {
        let bits: [Character: UInt32] = ["m": 1, "r": 2, "w": 4]
        let wanted = access.reduce(UInt32(0)) { $0 | (bits[$1] ?? 0) }
        let memory: [UInt32] = [wanted << 16 | (type == "b" ? 1 : 2), UInt32(major), UInt32(minor)]
        var registers = [UInt32](repeating: 0, count: 11)
        var at = 0
        while program.code.indices.contains(at) {
            let i = program.code[at]
            let target = Int(i.target.rawValue)
            let immediate = UInt32(bitPattern: i.immediate)
            at += 1
            switch i.opcode {
            case 0x61: registers[target] = memory[Int(i.offset) / 4]
            case 0xBC: registers[target] = registers[Int(i.source.rawValue)]
            case 0xB4: registers[target] = immediate
            case 0x54: registers[target] &= immediate
            case 0x74: registers[target] >>= immediate
            case 0x16: if registers[target] == immediate { at += Int(i.offset) }
            case 0x56: if registers[target] != immediate { at += Int(i.offset) }
            case 0x95: return registers[0] == 1
            default: return nil
            }
        }
        return nil
    }
}
