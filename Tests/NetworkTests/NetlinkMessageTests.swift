import Linux
import Support
import Testing

@Suite struct NetlinkMessageTests {
    @Test func attributesRoundTrip() {
        var message = NetlinkMessage(16, flags: 1, what: "test", header: [1, 2, 3, 4])
        message.attribute(3, text: "eth0")
        message.nest(18) { $0.attribute(1, text: "veth") }
        let replies = NetlinkReply.parse(message.bytes(sequence: 7))
        #expect(replies.count == 1)
        #expect(replies[0].sequence == 7)
        let attributes = replies[0].attributes(after: 4)
        #expect(attributes[3] == Array("eth0".utf8) + [0])
        #expect(NetlinkReply.attributes(attributes[18] ?? [])[1] == Array("veth".utf8) + [0])
    }

    /// Cut or garbled datagrams never read beyond their end.
    @Test func garbageIsHarmless() {
        var message = NetlinkMessage(16, what: "test", header: [0, 0, 0, 0])
        message.attribute(3, text: "eth0")
        let whole = message.bytes(sequence: 1)
        for length in 0..<whole.count {
            for reply in NetlinkReply.parse(whole[..<length]) { _ = reply.attributes(after: 4) }
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count)] = .random(in: 0...255, using: &generator)
            }
            for reply in NetlinkReply.parse(bytes) {
                _ = reply.attributes(after: 4)
                _ = Netlink.failure(reply, "test")
            }
        }
    }

    @Test func errorsSayWhatAndWhy() {
        // NLMSG_ERROR: -EEXIST, the request's header (capped), then NLMSGERR_ATTR_MSG.
        var body: [UInt8] = []
        body.native(Int32(-17))
        body += [UInt8](repeating: 0, count: 16)
        var message = NetlinkMessage(2, flags: 0x300, what: "", header: body)
        message.attribute(1, text: "Name in use")
        let error = NetlinkReply.parse(message.bytes(sequence: 1)).first.flatMap {
            Netlink.failure($0, "create bridge escale0")
        }
        #expect(error?.message == "create bridge escale0: file exists (Name in use)")
        #expect(error?.code == .conflict)
    }
}
