import CLinux
import Glibc
import Support

/// A netlink socket of one network namespace (netlink(7), rtnetlink(7)). Not shared between threads.
public struct Netlink: ~Copyable {
    private let fd: FD
    private var sequence: UInt32 = 0

    /// In the calling thread's network namespace.
    public init(_ family: NetlinkFamily = .route) throws(EscaleError) {
        fd = FD(owning: try Sys.check(cl_netlink_socket(family.rawValue, -1), "netlink"))
    }

    /// In the network namespace that `netns` is open on.
    public init(netns: borrowing FD) throws(EscaleError) {
        let protocolNumber = NetlinkFamily.route.rawValue
        fd = FD(
            owning: try Sys.check(
                cl_netlink_socket(protocolNumber, netns.raw), "netlink", "in network namespace"))
    }

    /// Sends requests together and waits for every acknowledgement. The kernel goes on after a request
    /// that fails; the first failure is thrown, as `create bridge escale0: file exists`.
    public mutating func send(_ messages: [NetlinkMessage]) throws(EscaleError) {
        let first = sequence + 1
        var bytes: [UInt8] = []
        for message in messages {
            sequence += 1
            var message = message.bytes(sequence: sequence)
            message[6] |= UInt8(NLM.ack)
            bytes += message
        }
        try transmit(bytes, messages.first?.what ?? "netlink")
        var failures: [(Int, EscaleError)] = []
        var waiting = messages.count
        while waiting > 0 {
            for reply in try receive(messages[0].what)
            where reply.type == NLM.error && reply.sequence >= first {
                let index = Int(reply.sequence - first)
                guard index < messages.count else { continue }
                waiting -= 1
                if let error = Self.failure(reply, messages[index].what) { failures.append((index, error)) }
            }
        }
        if let failure = failures.min(by: { $0.0 < $1.0 }) { throw failure.1 }
    }

    public mutating func send(_ message: NetlinkMessage) throws(EscaleError) { try send([message]) }

    /// The reply to one request that asks for one object.
    public mutating func get(_ message: NetlinkMessage) throws(EscaleError) -> NetlinkReply {
        sequence += 1
        try transmit(message.bytes(sequence: sequence), message.what)
        while true {
            for reply in try receive(message.what) where reply.sequence == sequence {
                if reply.type != NLM.error { return reply }
                if let error = Self.failure(reply, message.what) { throw error }
            }
        }
    }

    /// All objects of a kind. Asks again when the list changed while it was read.
    public mutating func dump(_ message: NetlinkMessage) throws(EscaleError) -> [NetlinkReply] {
        attempt: for _ in 0..<20 {
            sequence += 1
            var bytes = message.bytes(sequence: sequence)
            bytes[7] |= UInt8(NLM.dump >> 8)
            try transmit(bytes, message.what)
            var found: [NetlinkReply] = []
            var torn = false
            while true {
                for reply in try receive(message.what) where reply.sequence == sequence {
                    if reply.flags & NLM.dumpInterrupted != 0 { torn = true }
                    switch reply.type {
                    case NLM.done:
                        if torn { continue attempt }
                        return found
                    case NLM.error:
                        if let error = Self.failure(reply, message.what) { throw error }
                    default: found.append(reply)
                    }
                }
            }
        }
        throw EscaleError(.conflict, "\(message.what): the list keeps changing")
    }

    private func transmit(_ bytes: [UInt8], _ what: String) throws(EscaleError) {
        try Sys.call(what) { bytes.withUnsafeBytes { Glibc.send(fd.raw, $0.baseAddress, $0.count, 0) } }
    }

    private func receive(_ what: String) throws(EscaleError) -> [NetlinkReply] {
        // The kernel fills at most 32 KiB of a dump into one datagram.
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 8) { buffer throws(EscaleError) in
            let n = try Sys.call(what) { recv(fd.raw, buffer.baseAddress, buffer.count, 0) }
            return NetlinkReply.parse(buffer[..<n])
        }
    }

    /// The error in an NLMSG_ERROR, nil for an acknowledgement. With the kernel's own words where it
    /// gives some.
    package static func failure(_ reply: NetlinkReply, _ what: String) -> EscaleError? {
        let code = 0 &- reply.body.native(0, as: Int32.self)
        guard code != 0 else { return nil }
        var text = "\(what): \(ErrnoText.text(code))"
        let capped = reply.flags & 0x100 != 0
        let quoted = capped ? 16 : Int(reply.body.native(4, as: UInt32.self))
        if reply.flags & 0x200 != 0, quoted <= reply.body.count,
            let reason = reply.attributes(after: 4 + ((quoted + 3) & ~3))[1]?.cString, !reason.isEmpty
        {
            text += " (\(reason))"
        }
        return EscaleError(.init(errno: code), text, errno: code)
    }
}

/// Netlink protocols.
public enum NetlinkFamily: Int32, Sendable {
    case route = 0
    case netfilter = 12
}

/// linux/netlink.h
package enum NLM {
    package static let error: UInt16 = 2
    package static let done: UInt16 = 3
    package static let request: UInt16 = 0x1
    package static let ack: UInt16 = 0x4
    package static let dumpInterrupted: UInt16 = 0x10
    package static let exclusive: UInt16 = 0x200
    package static let create: UInt16 = 0x400
    package static let dump: UInt16 = 0x300
}

extension Netlink {
    /// Whether nftables has this table in the family `ip`; a cheap question (no program is run).
    public static func hasTable(_ name: String) throws(EscaleError) -> Bool {
        var netlink = try Netlink(.netfilter)
        // NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE; struct nfgenmsg of NFPROTO_IPV4; NFTA_TABLE_NAME.
        var message = NetlinkMessage(
            10 << 8 | 1, flags: NLM.request, what: "get table \(name)", header: [2, 0, 0, 0])
        message.attribute(1, text: name)
        do {
            _ = try netlink.get(message)
            return true
        } catch {
            if error.errno == ENOENT { return false }
            throw error
        }
    }
}
