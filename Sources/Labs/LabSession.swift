import Linux
import Support

/// A learner's labs: what the shell, `escale lab` and the proofs drive.
///
/// State is on disk alone (the journal): every call reads it again where it matters, so two terminals, or a
/// check run as a child of bash, agree. Errors are already in French, with their repair; nothing is printed.
public final class LabSession {
    public let kit: Kit
    public private(set) var learner: Learner
    public let course: Course
    /// Errors in the labs' files: such labs still open where they can be read.
    public let problems: [LabProblem]
    let world: any World
    private let now: () -> Timestamp

    /// The open step; nil before `open` or `resume`.
    var position: Position?
    private var notices: [String] = []

    struct Position: Equatable {
        var lab: Int
        var step: Int
    }

    /// - Parameters:
    ///   - learner: nil for the one the kit remembers, or the user.
    ///   - labs: the folder of `parcours.yaml`; nil to look beside the program.
    public convenience init(kit: Kit = .current, learner: Learner? = nil, labs: String? = nil)
        throws(EscaleError)
    {
        let folder: String
        if let labs { folder = labs } else { folder = try LabsFolder.path }
        self.init(kit: kit, learner: learner, labs: folder, world: LiveWorld(kit: kit), now: { .now })
    }

    /// With a made-up world and clock, for tests.
    package init(kit: Kit, learner: Learner?, labs: String, world: any World, now: @escaping () -> Timestamp)
    {
        self.kit = kit
        if learner == nil, let said = Learner.repair(kit) { notices.append(Typography.french(said)) }
        self.learner = learner ?? Learner.current(kit)
        (course, problems) = LabLoader.load(labs)
        self.world = world
        self.now = now
    }

    // MARK: What there is

    public func labs() throws(EscaleError) -> [LabSummary] {
        try course.labs.indices.map { i throws(EscaleError) in try summary(i) }
    }

    /// Changes who learns; remembered by the kit.
    public func rename(_ name: String) throws(EscaleError) {
        let learner = Learner(name: name)
        try learner.save(kit)
        self.learner = learner
        position = nil
    }

    /// The open step as it is now; nil where none is open.
    public func current() throws(EscaleError) -> StepView? {
        guard position != nil else { return nil }
        return try view()
    }

    /// Where the learner's files of the open lab are; nil where none is open.
    public var workspace: String? {
        position.map { Path.join(kit.workspaces, course.labs[$0.lab].id) }
    }

    /// The values drawn for the open step in this attempt.
    public func variables() throws(EscaleError) -> [String: String] {
        let (lab, step) = try here()
        return values(lab, step, try state(lab, step))
    }

    // MARK: Moving

    /// Opens a lab, by id, an unambiguous beginning of it or its number, at a step or at its first unsolved one.
    public func open(_ name: String, step: String? = nil) throws(EscaleError) -> StepView {
        try select(name, step)
        guard let position else { throw Self.nothingOpen }
        return try enter(position)
    }

    /// Goes on where the learner was last, in this or another terminal; nil for a newcomer.
    public func resume() throws(EscaleError) -> StepView? {
        guard let bytes = try? Files.read(lastFile), let json = try? JSON.parse(bytes),
            let lab = course.labs.firstIndex(where: { $0.id == json["lab"].string }),
            let step = course.labs[lab].steps.firstIndex(where: { $0.id == json["step"].string })
        else { return nil }
        return try enter(Position(lab: lab, step: step))
    }

    public func next() throws(EscaleError) -> StepView { try move(1) }
    public func previous() throws(EscaleError) -> StepView { try move(-1) }

    /// To a step of the open lab, by number or id.
    public func goto(_ name: String) throws(EscaleError) -> StepView {
        let (lab, _) = try here()
        guard let at = position else { throw Self.nothingOpen }
        let i = try Self.index(ofStep: name, in: lab.steps)
        return try enter(Position(lab: at.lab, step: i))
    }

    /// Shows a step without opening it: nothing is put in the workspace, nothing is noted.
    public func look(_ lab: String, step: String?) throws(EscaleError) -> StepView {
        try select(lab, step)
        return try view()
    }

    /// Makes a step the current one for the calls that follow, opened if it never was.
    public func take(_ lab: String, step: String?) throws(EscaleError) -> StepView {
        try select(lab, step)
        let (lab, step) = try here()
        guard let position, try state(lab, step).since == nil else { return try view() }
        return try enter(position)
    }

    private func select(_ lab: String, _ step: String?) throws(EscaleError) {
        let i = try index(of: lab)
        let steps = course.labs[i].steps
        let states = try states(course.labs[i])
        let first = steps.firstIndex { states[$0.id]?.isSolved != true } ?? 0
        var at = first
        if let step { at = try Self.index(ofStep: step, in: steps) }
        guard steps.indices.contains(at) else {
            throw EscaleError(
                .invalid, "le lab « \(course.labs[i].id) » n’a pas d’étape lisible", repair: "escale labs")
        }
        position = Position(lab: i, step: at)
    }

    private static func index(ofStep name: String, in steps: [Step]) throws(EscaleError) -> Int {
        let i =
            Int(name).map { $0 - 1 } ?? steps.firstIndex { $0.id == name }
            ?? steps.firstIndex { $0.id.hasPrefix(name) } ?? -1
        guard steps.indices.contains(i) else {
            throw EscaleError(
                .notFound, Typography.french("il n’y a pas d’étape « \(name) » dans ce lab"),
                repair: "aller 1 … aller \(steps.count)")
        }
        return i
    }

    private func move(_ by: Int) throws(EscaleError) -> StepView {
        let (lab, _) = try here()
        guard let at = position else { throw Self.nothingOpen }
        guard lab.steps.indices.contains(at.step + by) else {
            throw EscaleError(
                .invalid,
                by > 0 ? "c’est la dernière étape de ce lab" : "c’est la première étape de ce lab",
                repair: "progres")
        }
        return try enter(Position(lab: at.lab, step: at.step + by))
    }

    private func enter(_ to: Position) throws(EscaleError) -> StepView {
        position = to
        let (lab, step) = try here()
        let json: JSON = ["lab": .string(lab.id), "step": .string(step.id)]
        try Files.makeDirectory(folder)
        try Files.replace(lastFile, json.bytes())
        if try state(lab, step).since == nil {
            _ = try setUp(lab, step)
            try record(.opened)
        }
        return try view()
    }

    // MARK: Saying

    /// Commits to a choice of the step's prediction, by its key or number. Once per attempt.
    /// - Returns: the text of the choice.
    @discardableResult
    public func predict(_ choice: String) throws(EscaleError) -> String {
        let (lab, step) = try here()
        guard let prediction = step.prediction else {
            throw EscaleError(.invalid, "cette étape ne demande pas de prédiction", repair: "verifier")
        }
        let keys = prediction.choices.map(\.key).joined(separator: ", ")
        let chosen =
            prediction.choices.first { $0.key.lowercased() == choice.lowercased() }
            ?? (prediction.choices.contains { Int($0.key) != nil } ? nil : Int(choice)).flatMap {
                prediction.choices.indices.contains($0 - 1) ? prediction.choices[$0 - 1] : nil
            }
        guard let chosen else {
            throw EscaleError(
                .invalid, Typography.french("« \(choice) » n’est pas un des choix : \(keys)"),
                repair: "predire \(prediction.choices.first?.key ?? "")")
        }
        let state = try state(lab, step)
        if let already = state.prediction {
            if already == chosen.key { return fill(chosen.text, lab, step, state) }
            throw EscaleError(
                .conflict,
                Typography.french("vous avez déjà prédit « \(already) » : une prédiction ne se change pas"),
                repair: "verifier")
        }
        try record(.predicted(chosen.key))
        return fill(chosen.text, lab, step, state)
    }

    /// The next hint; after an attempt only, in order.
    public func hint() throws(EscaleError) -> HintView {
        let (lab, step) = try here()
        let state = try state(lab, step)
        guard !step.hints.isEmpty else {
            throw EscaleError(.notFound, "cette étape n’a pas d’indice", repair: "pourquoi")
        }
        guard state.checks > 0 else {
            throw EscaleError(
                .conflict, Typography.french("un indice vient après un premier essai : vérifiez d’abord"),
                repair: "verifier")
        }
        guard state.hints < step.hints.count else {
            throw EscaleError(.notFound, "il n’y a pas d’autre indice", repair: "solution")
        }
        try record(.hint(state.hints + 1))
        return hintView(lab, step, state, state.hints)
    }

    /// Hints already read, for showing again at no cost.
    public func hintsRead() throws(EscaleError) -> [HintView] {
        let (lab, step) = try here()
        let state = try state(lab, step)
        return (0..<min(state.hints, step.hints.count)).map { hintView(lab, step, state, $0) }
    }

    private func hintView(_ lab: Lab, _ step: Step, _ state: StepState, _ i: Int) -> HintView {
        HintView(
            number: i + 1, count: step.hints.count, level: step.hints[i].level,
            text: fill(step.hints[i].text, lab, step, state), cost: state.isSolved ? 0 : step.hints[i].cost)
    }

    /// The reference solution: the step then brings 40 % at most.
    public func solution() throws(EscaleError) -> SolutionView {
        let (lab, step) = try here()
        let before = try state(lab, step)
        if !before.solutionSeen { try record(.solution) }
        let state = try state(lab, step)
        return SolutionView(
            script: Typing.forReading(fill(step.solution.text, lab, step, state)),
            explanation: state.isPassedNow ? fill(step.explanation, lab, step, state) : "",
            cap: state.isSolved ? state.earned : Score.solutionCap(step), isSolved: state.isSolved)
    }

    // MARK: Reading and writing the journal

    func here() throws(EscaleError) -> (Lab, Step) {
        guard let position else { throw Self.nothingOpen }
        let lab = course.labs[position.lab]
        return (lab, lab.steps[position.step])
    }

    private static var nothingOpen: EscaleError {
        EscaleError(.conflict, "aucun lab n’est ouvert", repair: "labs, puis ouvrir 1")
    }

    private var folder: String { Path.join(kit.progress, learner.id) }
    private var lastFile: String { Path.join(folder, "dernier.json") }

    func journal(_ lab: Lab) -> Journal { Journal(path: Path.join(folder, "\(lab.id).jsonl")) }

    func record(_ event: LabEvent) throws(EscaleError) {
        let (lab, step) = try here()
        try journal(lab).append(event, step: step.id, at: now())
    }

    func states(_ lab: Lab) throws(EscaleError) -> [String: StepState] {
        let (entries, said) = try journal(lab).read()
        notices += said
        return StepState.fold(entries, lab)
    }

    func state(_ lab: Lab, _ step: Step) throws(EscaleError) -> StepState {
        try states(lab)[step.id] ?? StepState()
    }

    /// What was noticed since the last call: a repaired journal, files that could not be prepared.
    func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }

    func notice(_ text: String) { notices.append(Typography.french(text)) }
    var time: Timestamp { now() }

    private func index(of name: String) throws(EscaleError) -> Int {
        let ids = course.labs.map(\.id)
        if let n = Int(name), ids.indices.contains(n - 1) { return n - 1 }
        if let i = ids.firstIndex(of: name) { return i }
        let starts = ids.indices.filter { ids[$0].hasPrefix(name) }
        if let one = starts.first, starts.count == 1 { return one }
        let near = Nearest.word(to: name, among: ids)
        throw EscaleError(
            .notFound, Typography.french("il n’y a pas de lab « \(name) »"),
            repair: near.map { "ouvrir \($0)" } ?? "labs")
    }
}
