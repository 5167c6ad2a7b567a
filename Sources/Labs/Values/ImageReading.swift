import Support

/// Reads one image for values and checks, with reasons that a learner can act on.
struct ImageReading {
    let reference: String
    let c: CheckContext

    init(_ reference: String, _ c: CheckContext) {
        self.reference = reference
        self.c = c
    }

    func json() throws(Unread) -> JSON {
        guard let json = try c.world.image(reference) else {
            throw Unread("l’image « \(reference) » n’est pas là", help: "`images` montre celles qui y sont.")
        }
        return json
    }

    /// Digests of its unpacked layers, lowest first.
    func layers() throws(Unread) -> [String] {
        try json()["RootFS"]["Layers"].array?.compactMap(\.string) ?? []
    }

    func file(_ path: String) throws(Unread) -> String? {
        _ = try json()
        return try c.world.file(path, inImage: reference)
    }

    func read(_ part: Value.ImagePart) throws(Unread) -> String {
        switch part {
        case .layerCount: return "\(try layers().count)"
        case .shared(let other):
            let own = try layers()
            return "\(Self.percent(own, in: try ImageReading(other, c).layers())) %"
        case .holds(let text):
            _ = try json()
            return try c.world.places(of: text, in: reference).isEmpty ? "non" : "oui"
        case .path(let path):
            guard let text = try file(path) else {
                throw Unread("\(path) n’est pas dans l’image « \(reference) »")
            }
            return text
        case .run(let arguments):
            _ = try json()
            return try c.world.tryOut(reference, Extraction.words(arguments)).output
        }
    }

    /// How many of these layers the others begin with, in percent: a layer is only reused upon those that it was
    /// made upon.
    static func percent(_ layers: [String], in others: [String]) -> Int {
        let common = zip(layers, others).prefix { $0 == $1 }.count
        return layers.isEmpty ? 0 : common * 100 / layers.count
    }
}
