import CLinux
import Glibc
import Support

/// Device rules as a program that the kernel runs at each open and mknod of a device in a cgroup of
/// version 2 (linux/bpf.h, BPF_PROG_TYPE_CGROUP_DEVICE): 1 lets it pass, 0 does not.
///
/// The rules are asked from the last to the first. Each access that is wanted (read, write, mknod) is
/// settled by the first rule that speaks of it: one denied denies all; once all are allowed, it passes.
package struct DeviceProgram: Equatable {
    package let code: [BPF]

    /// Nil where the rules take nothing away. They must begin with one for everything, as those of
    /// `DevicesController.effective` do.
    package static func of(_ rules: [CgroupLimits.DeviceRule]) -> DeviceProgram? {
        guard rules.contains(where: { !$0.allow }), let first = rules.first else { return nil }
        // struct bpf_cgroup_dev_ctx { __u32 access_type, major, minor; }, the access in the high half.
        var code: [BPF] = [
            .load(.type, from: .context, offset: 0), .move(.wanted, from: .type), .and(.type, 0xFFFF),
            .shiftRight(.wanted, 16), .load(.major, from: .context, offset: 4),
            .load(.minor, from: .context, offset: 8)
        ]
        for rule in rules.dropFirst().reversed() { code += Self.code(rule) }
        code += [.set(.result, first.allow ? 1 : 0), .exit]
        return DeviceProgram(code: code)
    }

    private static func code(_ rule: CgroupLimits.DeviceRule) -> [BPF] {
        let access = mask(rule.access)
        var body: [BPF] = [.set(.result, rule.allow ? 1 : 0), .exit]
        if access == 7 {
            // Settles whatever is still wanted.
        } else if rule.allow {
            body = [.and(.wanted, ~access), .jumpUnless(.wanted, is: 0, over: 2)] + body
        } else {
            body =
                [.move(.scratch, from: .wanted), .and(.scratch, access), .jumpIf(.scratch, is: 0, over: 2)]
                + body
        }
        // Other devices go on with the next rule.
        for (register, value) in [
            (BPF.Register.minor, rule.minor), (.major, rule.major), (.type, rule.type == "b" ? 1 : 2)
        ] {
            guard let value, value >= 0 else { continue }
            body.insert(
                .jumpUnless(register, is: Int32(truncatingIfNeeded: value), over: Int16(body.count)), at: 0)
        }
        return body
    }

    /// BPF_DEVCG_ACC_MKNOD, _READ and _WRITE.
    private static func mask(_ access: String) -> Int32 {
        access.reduce(0) { $0 | ["m": 1, "r": 2, "w": 4][$1, default: 0] }
    }

    /// Loads it and ties it to a cgroup's folder. It lives as long as that.
    package func attach(to folder: String) throws(EscaleError) {
        let program = FD(owning: try load())
        let cgroup = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
        try Sys.check(cl_attach_device_program(cgroup.raw, program.raw), "bpf attach", folder)
    }

    /// - Returns: a descriptor of the program, checked by the kernel.
    package func load() throws(EscaleError) -> Int32 {
        try Sys.check(
            code.map(\.encoded).withUnsafeBufferPointer {
                cl_load_device_program($0.baseAddress, UInt32($0.count))
            }, "bpf load", "device program of \(code.count) instructions")
    }
}

/// One instruction of the kernel's virtual machine (RFC 9669), of those that `DeviceProgram` needs.
package struct BPF: Equatable, CustomStringConvertible {
    /// The registers, by what they hold here. Numbers 0 and 1 are the kernel's choice.
    package enum Register: UInt8 {
        case result = 0
        case context = 1
        case type = 2
        case wanted = 3
        case major = 4
        case minor = 5
        case scratch = 6
    }

    package let opcode: UInt8
    package let target: Register
    package var source = Register.result
    package var offset: Int16 = 0
    package var immediate: Int32 = 0

    /// 32 bits of memory.
    static func load(_ target: Register, from source: Register, offset: Int16) -> BPF {
        BPF(opcode: 0x61, target: target, source: source, offset: offset)
    }
    // Arithmetic of 32 bits, which clears the upper half.
    static func move(_ target: Register, from source: Register) -> BPF {
        BPF(opcode: 0xBC, target: target, source: source)
    }
    static func set(_ target: Register, _ value: Int32) -> BPF {
        BPF(opcode: 0xB4, target: target, immediate: value)
    }
    static func and(_ target: Register, _ value: Int32) -> BPF {
        BPF(opcode: 0x54, target: target, immediate: value)
    }
    static func shiftRight(_ target: Register, _ bits: Int32) -> BPF {
        BPF(opcode: 0x74, target: target, immediate: bits)
    }
    // Jumps that compare 32 bits, over so many instructions.
    static func jumpIf(_ register: Register, is value: Int32, over count: Int16) -> BPF {
        BPF(opcode: 0x16, target: register, offset: count, immediate: value)
    }
    static func jumpUnless(_ register: Register, is value: Int32, over count: Int16) -> BPF {
        BPF(opcode: 0x56, target: register, offset: count, immediate: value)
    }
    static let exit = BPF(opcode: 0x95, target: .result)

    /// struct bpf_insn of a little-endian machine.
    package var encoded: UInt64 {
        UInt64(opcode) | UInt64(target.rawValue) << 8 | UInt64(source.rawValue) << 12
            | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: immediate)) << 32
    }

    /// As disassemblers write it.
    package var description: String {
        let w = "w\(target.rawValue)"
        return switch opcode {
        case 0x61: "r\(target.rawValue) = *(u32 *)(r\(source.rawValue) + \(offset))"
        case 0xBC: "\(w) = w\(source.rawValue)"
        case 0xB4: "\(w) = \(immediate)"
        case 0x54: "\(w) &= 0x\(String(UInt32(bitPattern: immediate), radix: 16))"
        case 0x74: "\(w) >>= \(immediate)"
        case 0x16: "if \(w) == \(immediate) goto +\(offset)"
        case 0x56: "if \(w) != \(immediate) goto +\(offset)"
        case 0x95: "exit"
        default: "?"
        }
    }
}
