import Support
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        #"{"a":1,"b":[true,false,null],"c":"é\n\"","d":-1.5,"e":18446744073709551615,"f":{}}"#,
        "[]", "0", #""\u0000""#, "[[[[1]]]]"
    ])
    func roundTrip(_ text: String) throws { #expect(try JSON.parse(text).text() == text) }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "-", "tru", "\"\n\"", "1 2", "{'a':1}", "+1",
        "\"\\x\"", "1e", "nan"
    ])
    func refused(_ text: String) { #expect(throws: EscaleError.self) { try JSON.parse(text) } }

    @Test func errorsNameLineAndColumn() {
        let error = #expect(throws: EscaleError.self) { try JSON.parse("{\n  \"a\": x\n}") }
        #expect(error?.message == "invalid JSON at line 2, column 8: unexpected character")
    }

    @Test func depthIsLimited() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: EscaleError.self) { try JSON.parse(text) }
    }

    struct Sample: Codable, Equatable {
        struct Inner: Codable, Equatable {
            var limit: Int64?
            var names: [String]
        }
        var id: String
        var inner: Inner
        var more: JSON?
        var map: [String: String]
    }

    @Test func codable() throws {
        let value = Sample(
            id: "x", inner: .init(limit: 5, names: ["a"]), more: ["k": [1]], map: ["a": "b"])
        let json = try JSON.encode(value)
        #expect(
            json.text() == #"{"id":"x","inner":{"limit":5,"names":["a"]},"more":{"k":[1]},"map":{"a":"b"}}"#)
        #expect(try json.decode(Sample.self) == value)
    }

    @Test func decodingErrorsNameTheField() throws {
        let json = try JSON.parse(#"{"id":"x","inner":{"limit":"64m","names":[]},"map":{}}"#)
        let error = #expect(throws: EscaleError.self) { try json.decode(Sample.self) }
        #expect(error?.message.hasPrefix("inner.limit: expected an integer") == true)
    }

    @Test func timestamps() {
        let t = Timestamp(rfc3339: "2026-11-23T15:31:00.5+01:00")
        #expect(t?.rfc3339 == "2026-11-23T14:31:00.500000000Z")
        #expect(Timestamp(rfc3339: "yesterday") == nil)
    }
}
