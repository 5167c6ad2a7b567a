import Support

/// The lab engine as the shell sees it.
protocol LabFront: AnyObject {
    /// Does what a verb of the labs asks, prints it, and gives its exit status.
    func perform(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32
    /// After each command: notes what a check must later prove to have been there.
    func observe()
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

/// What came of a question.
enum Reply: Equatable {
    case line(String)
    /// `^C`, `^D`, or the terminal is gone.
    case dropped
    /// There is nobody to ask: a script, a proof.
    case nobody

    /// Nobody to ask means that the words were enough.
    var isConsent: Bool {
        switch self {
        case .line(let text): ["o", "oui", "y", "yes"].contains(Fold.key(text.trimmingSpaces))
        case .dropped: false
        case .nobody: true
        }
    }
}

/// What verbs write to and ask from.
struct Screen {
    var style: Style
    /// Is there a terminal that can show a line of progress and take it back?
    var isLive: Bool
    var ask: (String) -> Reply
    /// Shows long texts a screen at a time; nil in scripts and proofs.
    var pager: Pager?

    func show(_ text: String) {
        if let pager { pager.show(text, style) } else { Output.out(text) }
    }
    /// A line of progress, written over the one before.
    func note(_ text: String) { Output.out(text) }
    /// Markdown, with French typography for our own sentences.
    func say(_ text: String) { Output.out(Markdown.render(French.set(text), style)) }
    func complain(_ text: String) { Output.err(Markdown.render(French.set(text), style)) }

    /// A refusal in French, with what to type instead.
    func refuse(_ message: String, repair: String?) {
        let text = message.prefix(1).uppercased() + message.dropFirst()
        let mark = style.paint(style.isUTF8 ? "▸" : ">", .yellow) + " "
        let sentence = ".!?".contains(text.last ?? ".") ? text : text + "."
        Output.err(
            Wrap.text(
                Markdown.inline(French.set(sentence), style), width: style.width, first: mark, rest: "  "))
        if let repair { Output.err("  \(style.dim(style.arrow)) \(style.code(repair))\n") }
    }
}
