import Glibc
import Support

/// linux/rtnetlink.h, linux/if_addr.h
private enum RT {
    static let newAddress: UInt16 = 20
    static let getAddress: UInt16 = 22
    static let newRoute: UInt16 = 24
    static let getRoute: UInt16 = 26
    static let addressLocal: UInt16 = 2
    static let addressOfPeer: UInt16 = 1
    static let addressBroadcast: UInt16 = 4
    static let routeDestination: UInt16 = 1
    static let routeInterface: UInt16 = 4
    static let routeGateway: UInt16 = 5
    static let inet: UInt8 = 2
}

/// An IPv4 address of an interface.
public struct InterfaceAddress: Sendable, Equatable {
    public var index: Int32
    public var address: IPv4
    public var prefix: Int
}

/// An IPv4 route of the main table.
public struct Route: Sendable, Equatable {
    /// 0.0.0.0/0 for the default route.
    public var destination: IPv4Network
    public var gateway: IPv4?
    /// The interface it leaves by, 0 where it names none.
    public var index: Int32
}

/// struct ifaddrmsg
private func addressHeader(index: Int32, prefix: Int) -> [UInt8] {
    var bytes: [UInt8] = [RT.inet, UInt8(prefix), 0, 0]
    bytes.native(index)
    return bytes
}

extension NetlinkMessage {
    public static func addAddress(_ address: IPv4, prefix: Int, to name: String, index: Int32)
        -> NetlinkMessage
    {
        var message = NetlinkMessage(
            RT.newAddress, flags: NLM.request | NLM.create | NLM.exclusive,
            what: "add address \(address)/\(prefix) to \(name)",
            header: addressHeader(index: index, prefix: prefix))
        message.attribute(RT.addressLocal, address.bytes)
        message.attribute(RT.addressOfPeer, address.bytes)
        if prefix < 31 {
            message.attribute(RT.addressBroadcast, IPv4Network(address, prefix: prefix).last.bytes)
        }
        return message
    }

    public static func addDefaultRoute(via gateway: IPv4, name: String, index: Int32) -> NetlinkMessage {
        // struct rtmsg: family, lengths, tos, table main, protocol boot, scope universe, type unicast.
        var message = NetlinkMessage(
            RT.newRoute, flags: NLM.request | NLM.create | NLM.exclusive,
            what: "add default route via \(gateway) to \(name)",
            header: [RT.inet, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0])
        message.attribute(RT.routeGateway, gateway.bytes)
        message.attribute(RT.routeInterface, number: UInt32(index))
        return message
    }
}

extension Netlink {
    /// All IPv4 addresses of this network namespace.
    public mutating func addresses() throws(EscaleError) -> [InterfaceAddress] {
        let replies = try dump(
            NetlinkMessage(
                RT.getAddress, flags: NLM.request, what: "list addresses",
                header: addressHeader(index: 0, prefix: 0)))
        return replies.compactMap { reply in
            guard reply.type == RT.newAddress, reply.body.count >= 8, reply.body[0] == RT.inet else {
                return nil
            }
            let attributes = reply.attributes(after: 8)
            guard let bytes = attributes[RT.addressLocal] ?? attributes[RT.addressOfPeer],
                let address = IPv4(bytes: bytes)
            else { return nil }
            return InterfaceAddress(
                index: reply.body.native(4, as: Int32.self), address: address, prefix: Int(reply.body[1]))
        }
    }

    /// The IPv4 routes of the main table.
    public mutating func routes() throws(EscaleError) -> [Route] {
        let replies = try dump(
            NetlinkMessage(
                RT.getRoute, flags: NLM.request, what: "list routes",
                header: [RT.inet] + [UInt8](repeating: 0, count: 11)))
        return replies.compactMap { reply in
            let mainTable: UInt8 = 254
            guard reply.type == RT.newRoute, reply.body.count >= 12, reply.body[0] == RT.inet,
                reply.body[4] == mainTable
            else { return nil }
            let attributes = reply.attributes(after: 12)
            let destination = attributes[RT.routeDestination].flatMap { IPv4(bytes: $0) } ?? IPv4(value: 0)
            return Route(
                destination: IPv4Network(destination, prefix: Int(reply.body[1])),
                gateway: attributes[RT.routeGateway].flatMap { IPv4(bytes: $0) },
                index: attributes[RT.routeInterface]?.native(0, as: Int32.self) ?? 0)
        }
    }
}
