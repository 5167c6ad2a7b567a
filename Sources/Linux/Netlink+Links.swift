import CLinux
import Glibc
import Support

/// A network interface as the kernel lists it.
public struct Link: Sendable, Equatable {
    public var index: Int32
    public var name: String
    /// `bridge`, `veth`, `tun`...; empty for hardware.
    public var kind: String
    /// The bridge it is a port of, 0 for none.
    public var master: Int32
    public var mac: String
    public var mtu: Int
    public var isUp: Bool
    /// Free text that its maker left on it.
    public var alias: String

    public init(
        index: Int32, name: String, kind: String, master: Int32 = 0, mac: String = "", mtu: Int = 1500,
        isUp: Bool = true, alias: String = ""
    ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.master = master
        self.mac = mac
        self.mtu = mtu
        self.isUp = isUp
        self.alias = alias
    }
}

/// linux/rtnetlink.h, linux/if_link.h, linux/veth.h
private enum RTM {
    static let newLink: UInt16 = 16
    static let delLink: UInt16 = 17
    static let getLink: UInt16 = 18
}
private enum IFLA {
    static let address: UInt16 = 1
    static let name: UInt16 = 3
    static let mtu: UInt16 = 4
    static let master: UInt16 = 10
    static let linkInfo: UInt16 = 18
    static let alias: UInt16 = 20
    static let netnsFD: UInt16 = 28
    static let infoKind: UInt16 = 1
    static let infoData: UInt16 = 2
    static let vethPeer: UInt16 = 1
    static let infoSlaveKind: UInt16 = 4
    static let infoSlaveData: UInt16 = 5
    static let portHairpin: UInt16 = 4
}
private let flagUp: UInt32 = 1

/// struct ifinfomsg
private func linkHeader(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 0, 0]
    bytes.native(index)
    bytes.native(flags)
    bytes.native(change)
    return bytes
}

/// What to change of a link; nil leaves it.
public struct LinkChange: Sendable {
    public var up: Bool?
    public var mtu: Int?
    /// `02:42:ac:1e:00:02`
    public var mac: String?
    /// The index of the bridge to become a port of; 0 to leave it.
    public var master: Int32?
    public var alias: String?
    /// A new name; the link must be down.
    public var name: String?

    public init(
        up: Bool? = nil, mtu: Int? = nil, mac: String? = nil, master: Int32? = nil, alias: String? = nil,
        name: String? = nil
    ) {
        self.up = up
        self.mtu = mtu
        self.mac = mac
        self.master = master
        self.alias = alias
        self.name = name
    }

    fileprivate func write(into message: inout NetlinkMessage) {
        if let mac { message.attribute(IFLA.address, MAC.bytes(mac)) }
        if let mtu { message.attribute(IFLA.mtu, number: UInt32(mtu)) }
        if let master { message.attribute(IFLA.master, number: UInt32(master)) }
        if let alias { message.attribute(IFLA.alias, alias.utf8) }
        if let name { message.attribute(IFLA.name, text: name) }
    }
}

extension NetlinkMessage {
    public static func createBridge(_ name: String, _ change: LinkChange) -> NetlinkMessage {
        let flags = change.up == true ? flagUp : 0
        var message = NetlinkMessage(
            RTM.newLink, flags: NLM.request | NLM.create | NLM.exclusive, what: "create bridge \(name)",
            header: linkHeader(flags: flags, change: flags))
        message.attribute(IFLA.name, text: name)
        change.write(into: &message)
        message.nest(IFLA.linkInfo) { $0.attribute(IFLA.infoKind, text: "bridge") }
        return message
    }

    /// A pair of cards: `name` here as `change` says, its peer in the network namespace `netns`, by
    /// this one request. The peer stays down: the kernel refuses to bring it up before its other end.
    public static func createVeth(
        _ name: String, _ change: LinkChange, peer: String, _ peerChange: LinkChange, netns: borrowing FD
    ) -> NetlinkMessage {
        let raw = netns.raw
        let flags = change.up == true ? flagUp : 0
        var message = NetlinkMessage(
            RTM.newLink, flags: NLM.request | NLM.create | NLM.exclusive, what: "create veth \(name)",
            header: linkHeader(flags: flags, change: flags))
        message.attribute(IFLA.name, text: name)
        change.write(into: &message)
        message.nest(IFLA.linkInfo) { info in
            info.attribute(IFLA.infoKind, text: "veth")
            info.nest(IFLA.infoData) { data in
                data.nest(IFLA.vethPeer, header: linkHeader()) { end in
                    end.attribute(IFLA.name, text: peer)
                    peerChange.write(into: &end)
                    end.attribute(IFLA.netnsFD, number: UInt32(raw))
                }
            }
        }
        return message
    }

    /// Lets a bridge send a frame back out of the port it came from: what a container needs to reach
    /// its own published port where br_netfilter is loaded.
    public static func setHairpin(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(
            RTM.newLink, flags: NLM.request, what: "set bridge port \(name)", header: linkHeader())
        message.attribute(IFLA.name, text: name)
        message.nest(IFLA.linkInfo) { info in
            info.attribute(IFLA.infoSlaveKind, text: "bridge")
            info.nest(IFLA.infoSlaveData) { $0.attribute(IFLA.portHairpin, [1]) }
        }
        return message
    }

    public static func deleteLink(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(
            RTM.delLink, flags: NLM.request, what: "delete interface \(name)", header: linkHeader())
        message.attribute(IFLA.name, text: name)
        return message
    }

    public static func setLink(_ name: String, index: Int32, _ change: LinkChange) -> NetlinkMessage {
        let flags = change.up == true ? flagUp : 0
        var message = NetlinkMessage(
            RTM.newLink, flags: NLM.request, what: "set interface \(name)",
            header: linkHeader(index: index, flags: flags, change: change.up == nil ? 0 : flagUp))
        change.write(into: &message)
        return message
    }
}

extension Netlink {
    /// A link by name, nil where there is none.
    public mutating func link(_ name: String) throws(EscaleError) -> Link? {
        guard name.utf8.count < 16 else { return nil }
        var message = NetlinkMessage(
            RTM.getLink, flags: NLM.request, what: "get interface \(name)", header: linkHeader())
        message.attribute(IFLA.name, text: name)
        do {
            return Link(try get(message))
        } catch {
            if error.errno == ENODEV { return nil }
            throw error
        }
    }

    public mutating func links() throws(EscaleError) -> [Link] {
        try dump(
            NetlinkMessage(RTM.getLink, flags: NLM.request, what: "list interfaces", header: linkHeader())
        ).compactMap { $0.type == RTM.newLink ? Link($0) : nil }
    }

    /// Changes a link; throws `.notFound` where there is none of this name.
    public mutating func set(_ name: String, _ change: LinkChange) throws(EscaleError) {
        guard let link = try link(name) else {
            throw EscaleError(.notFound, "set interface \(name): no such device", errno: ENODEV)
        }
        try send(.setLink(name, index: link.index, change))
    }

    /// Deletes a link; one that is gone already is fine.
    public mutating func delete(_ name: String) throws(EscaleError) {
        do { try send(.deleteLink(name)) } catch { if error.errno != ENODEV { throw error } }
    }
}

extension Link {
    init?(_ reply: NetlinkReply) {
        guard reply.body.count >= 16 else { return nil }
        let attributes = reply.attributes(after: 16)
        let info = NetlinkReply.attributes(attributes[IFLA.linkInfo] ?? [])
        index = reply.body.native(4, as: Int32.self)
        isUp = reply.body.native(8, as: UInt32.self) & flagUp != 0
        name = attributes[IFLA.name]?.cString ?? ""
        kind = info[IFLA.infoKind]?.cString ?? ""
        master = attributes[IFLA.master]?.native(0, as: Int32.self) ?? 0
        mac = MAC.text(attributes[IFLA.address] ?? [])
        mtu = Int(attributes[IFLA.mtu]?.native(0, as: UInt32.self) ?? 0)
        alias = attributes[IFLA.alias]?.cString ?? ""
    }
}

/// Hardware addresses.
public enum MAC {
    /// `02:42:ac:1e:00:02` as its bytes; what is no number counts as 0.
    public static func bytes(_ text: String) -> [UInt8] {
        text.split(separator: ":").map { UInt8($0, radix: 16) ?? 0 }
    }

    public static func text(_ bytes: [UInt8]) -> String { bytes.map { Hex2.text($0) }.joined(separator: ":") }
}
