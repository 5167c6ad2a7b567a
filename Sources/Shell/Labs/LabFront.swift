import Support

/// The lab engine as the shell sees it.
protocol LabFront: AnyObject {
    /// Does what a verb of the labs asks, prints it, and gives its exit status.
    func perform(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32
    /// Reads again what another process (a check that ran as a child, a second terminal) has changed.
    func refresh()
    /// Lab, step and points for the prompt.
    func fill(_ prompt: inout Prompt)
    func fill(_ sources: inout Completion.Sources)
    /// Where the learner works on the open lab; nil where none is open.
    var workspace: String? { get }
    /// Has this learner done anything yet?
    var isNewcomer: Bool { get }
    /// What to say on arrival to someone who was here before; Markdown.
    var greeting: String { get }
}

/// What verbs write to and ask from.
struct Screen {
    var style: Style
    /// Asks a question that is answered by a line; nil where nobody can answer.
    var ask: (String) -> String?

    func show(_ text: String) { Output.out(text) }
    /// Markdown with French typography for our own sentences.
    func say(_ text: String) { Output.out(Markdown.render(French.set(text), style)) }
    func complain(_ text: String) { Output.err(Markdown.render(French.set(text), style)) }
}
