import Support

/// Everything `escale compare` found on this machine.
public struct ComparisonReport: Sendable {
    public let image: String
    /// `KVM` or `TCG`: stands beside every figure of a virtual machine.
    public let accelerator: String
    /// Why it is TCG, in French; nil with KVM.
    public let acceleratorReason: String?
    public let rows: [ComparisonRow]
    public let sharing: [Sharing]
    public let date: Timestamp

    /// Schema 1; additions only.
    public var json: JSON {
        [
            "schema": 1, "date": .string(date.rfc3339), "image": .string(image),
            "accelerator": .string(accelerator), "acceleratorReason": JSON(acceleratorReason),
            "rows": .array(
                rows.map { row in
                    var object = JSONObject([("id", .string(row.id)), ("title", .string(row.title))])
                    for side in Side.allCases {
                        guard let figure = row.figures[side] else { continue }
                        var json = figure.json.object ?? JSONObject()
                        if side == .vm { json["accelerator"] = .string(accelerator) }
                        object[side.rawValue] = .object(json)
                    }
                    object["claim"] = .string(row.claim)
                    object["verdict"] = .string(row.verdict.rawValue)
                    object["why"] = .string(row.why)
                    return .object(object)
                }),
            "sharing": .array(
                sharing.map {
                    [
                        "what": .string($0.what), "host": .string($0.host),
                        "container": .string($0.container),
                        "vm": .string($0.vm), "containerShares": .bool($0.containerShares),
                        "vmShares": .bool($0.vmShares)
                    ]
                })
        ]
    }
}
