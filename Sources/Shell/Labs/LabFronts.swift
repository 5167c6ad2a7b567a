import Linux
import Support

enum LabFronts {
    static func open(kit: Kit) -> any LabFront { NoLabs(EscaleError(.notFound, "no labs")) }
}

/// Where the labs can't be read: each of their verbs says why, the rest of the shell works.
final class NoLabs: LabFront {
    private let error: EscaleError
    init(_ error: EscaleError) { self.error = error }

    func perform(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32 {
        throw error
    }
    func refresh() {}
    func fill(_ prompt: inout Prompt) {}
    func fill(_ sources: inout Completion.Sources) {}
    var workspace: String? { nil }
    var isNewcomer: Bool { true }
    var greeting: String { "" }
}
