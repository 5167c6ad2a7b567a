extension JSON {
    /// Encodes an `Encodable` type; members keep the order of its coding keys, nil ones are left out.
    public static func encode(_ value: some Encodable) throws(EscaleError) -> JSON {
        let box = Box()
        do {
            try ValueEncoder(box: box, codingPath: []).encode(value)
        } catch {
            throw EscaleError(.internal, "encode \(type(of: value)): \(error)")
        }
        return box.json
    }
}

/// Where an encoder puts its value; children are resolved when read.
private final class Box {
    enum Content {
        case value(JSON)
        case object([(String, Box)])
        case array([Box])
    }
    var content: Content = .value(.null)

    var json: JSON {
        switch content {
        case .value(let v): v
        case .object(let members): .object(JSONObject(members.map { ($0.0, $0.1.json) }))
        case .array(let items): .array(items.map(\.json))
        }
    }

    func member(_ key: String) -> Box {
        let box = Box()
        if case .object(var members) = content {
            // Released first, so that the append does not copy.
            content = .value(.null)
            members.append((key, box))
            content = .object(members)
        } else {
            content = .object([(key, box)])
        }
        return box
    }

    func element() -> Box {
        let box = Box()
        if case .array(var items) = content {
            content = .value(.null)
            items.append(box)
            content = .array(items)
        } else {
            content = .array([box])
        }
        return box
    }

    var count: Int { if case .array(let items) = content { items.count } else { 0 } }
}

private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = box.content {} else { box.content = .object([]) }
        return KeyedEncodingContainer(ObjectEncoder<Key>(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = box.content {} else { box.content = .array([]) }
        return ArrayEncoder(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { box.content = .value(.null) }
    func encode(_ value: Bool) { box.content = .value(.bool(value)) }
    func encode(_ value: String) { box.content = .value(.string(value)) }
    func encode(_ value: Double) { box.content = .value(.double(value)) }
    func encode(_ value: Float) { box.content = .value(.double(Double(value))) }
    func encode(_ value: Int) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: Int8) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: Int16) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: Int32) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: Int64) { box.content = .value(.int(value)) }
    func encode(_ value: UInt) { encode(UInt64(value)) }
    func encode(_ value: UInt8) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: UInt16) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: UInt32) { box.content = .value(.int(Int64(value))) }
    func encode(_ value: UInt64) {
        box.content = .value(Int64(exactly: value).map { .int($0) } ?? .uint(value))
    }

    func encode<T: Encodable>(_ value: T) throws {
        if let json = value as? JSON {
            box.content = .value(json)
        } else {
            try value.encode(to: self)
        }
    }
}

private struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    let codingPath: [any CodingKey]

    func member(_ key: any CodingKey) -> ValueEncoder {
        ValueEncoder(box: box.member(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { member(key).encodeNil() }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try member(key).encode(value) }

    func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key)
        -> KeyedEncodingContainer<K>
    { member(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(box: box, codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var count: Int { box.count }

    func element() -> ValueEncoder { ValueEncoder(box: box.element(), codingPath: codingPath) }

    func encodeNil() { element().encodeNil() }
    func encode<T: Encodable>(_ value: T) throws { try element().encode(value) }

    func nestedContainer<K: CodingKey>(keyedBy type: K.Type) -> KeyedEncodingContainer<K> {
        element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    func superEncoder() -> any Encoder { element() }
}

extension JSON: Encodable {
    /// A JSON value inside an encoded type stands as it is. Only `JSON.encode` can write it.
    public func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? ValueEncoder else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "not encoded to JSON"))
        }
        encoder.box.content = .value(self)
    }
}
