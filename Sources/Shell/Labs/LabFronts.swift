import Labs
import Linux
import Support

enum LabFronts {
    /// The labs beside the program; without them the rest of the shell still works.
    static func open(kit: Kit) -> any LabFront {
        do { return LabDriver(session: try LabSession(kit: kit)) } catch { return NoLabs(error) }
    }
}

/// Where the labs can't be read: each of their verbs says why.
private final class NoLabs: LabFront {
    private let error: EscaleError
    init(_ error: EscaleError) { self.error = error }

    func perform(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32 {
        throw error
    }
    func observe() {}
    func fill(_ prompt: inout Prompt) {}
    func fill(_ sources: inout Completion.Sources) {}
    var workspace: String? { nil }
    var isNewcomer: Bool { false }
    var greeting: String {
        "Les labs ne sont pas lisibles ici : `\(error.message)`. Le reste marche : `aide`."
    }
}
