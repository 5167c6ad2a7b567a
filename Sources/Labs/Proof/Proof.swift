import Glibc
import Linux
import Registry
import Support

/// What was shown about one step.
public struct ProofResult: Sendable {
    public enum Part: Sendable, Equatable {
        /// As it opens, it fails.
        case untouched
        /// A wrong solution fails for its own reason.
        case wrong(String)
        /// The reference solution passes.
        case solution
        /// `refaire` brings it back to failing.
        case reset
        /// Not provable on this machine.
        case unavailable

        public var text: String {
            switch self {
            case .untouched: "telle quelle, elle échoue"
            case .wrong(let name): "wrong/\(name) échoue pour sa raison"
            case .solution: "solution.sh réussit"
            case .reset: "refaire la remet à l’échec"
            case .unavailable: "démontrable ici"
            }
        }
    }
    public let lab: String
    public let step: String
    public let part: Part
    public let proved: Bool
    /// Why not, in French; empty when proved.
    public let detail: String
    public let milliseconds: Double

    public var json: JSON {
        let name: String =
            switch part {
            case .untouched: "untouched"
            case .wrong(let name): "wrong/\(name)"
            case .solution: "solution"
            case .reset: "reset"
            case .unavailable: "unavailable"
            }
        return [
            "lab": .string(lab), "step": .string(step), "part": .string(name), "proved": .bool(proved),
            "detail": .string(detail), "milliseconds": JSON(milliseconds)
        ]
    }
}

/// Proves labs both ways, in a kit of their own and in the real shell.
public final class Proof {
    private let labs: String
    private let program: String
    private let root: ProofRoot
    private let cancelled: () -> Bool
    private let session: LabSession

    /// - Parameters:
    ///   - base: the kit whose prepared images are shared.
    ///   - labs: the folder of `parcours.yaml`.
    ///   - program: the `escale` that is typed into.
    ///   - cancelled: asked often; true ends the proof and cleans up.
    public init(base: Kit, labs: String, program: String, cancelled: @escaping () -> Bool) throws(EscaleError)
    {
        let root = try ProofRoot.make(from: base)
        do throws(EscaleError) {
            // Measurements start `escale run …` as a learner would: in the proof's kit.
            setenv("ESCALE_ROOT", root.kit.root, 1)
            setenv("ESCALE_RUN", root.kit.run, 1)
            setenv("ESCALE_LABS", labs, 1)
            // What a step prepares in the background ends with us, and logins are forgotten with the kit.
            setenv(BackgroundRegistries.sessionVariable, "\(getpid())", 1)
            setenv("DOCKER_CONFIG", "\(root.kit.root)/docker", 1)
            try Learner(name: "preuve").save(root.kit)
            session = try LabSession(kit: root.kit, learner: nil, labs: labs)
        } catch {
            root.remove()
            throw error
        }
        self.root = root
        self.labs = labs
        self.program = program
        self.cancelled = cancelled
    }

    public var course: Course { session.course }
    public var problems: [LabProblem] { session.problems }

    /// Ends everything; what could not be removed, in French.
    public func close() -> [String] { root.remove() }

    /// Proves one step of one lab.
    /// - Parameter report: called with each part as it is known.
    public func prove(lab: Lab, step: Step, report: (ProofResult) -> Void) throws(EscaleError) {
        _ = try session.open(lab.id)
        let view = try session.goto(step.id)
        if let why = view.unavailable {
            report(result(lab, step, .unavailable, why, Monotonic.now))
            return
        }
        let parts: [(ProofResult.Part, () throws(EscaleError) -> String)] =
            [(.untouched, { () throws(EscaleError) in try self.untouched() })]
            + step.wrong.map { script in
                (.wrong(script.name), { () throws(EscaleError) in try self.wrong(lab, step, script) })
            } + [
                (.solution, { () throws(EscaleError) in try self.solution(lab, step) }),
                (.reset, { () throws(EscaleError) in try self.reset(lab, step) })
            ]
        for (part, run) in parts {
            let started = Monotonic.now
            var detail: String
            do { detail = try run() } catch {
                if error.code == .interrupted { throw error }
                detail = error.message + (error.repair.map { " — \($0)" } ?? "")
            }
            report(result(lab, step, part, detail, started))
        }
        _ = try session.reset()
    }

    private func result(
        _ lab: Lab, _ step: Step, _ part: ProofResult.Part, _ detail: String, _ started: Monotonic
    )
        -> ProofResult
    {
        ProofResult(
            lab: lab.id, step: step.id, part: part, proved: detail.isEmpty, detail: Typography.french(detail),
            milliseconds: started.elapsedMilliseconds)
    }

    // Each part gives why it is not proved; an empty text when it is.

    private func untouched() throws(EscaleError) -> String {
        let results = try session.evaluate()
        guard results.allSatisfy({ $0.status == .passed }) else { return "" }
        return "toutes les vérifications réussissent sans qu’on ait rien fait"
    }

    private func wrong(_ lab: Lab, _ step: Step, _ script: Script) throws(EscaleError) -> String {
        _ = try session.reset()
        var text = script.text
        if let prediction = step.prediction, !text.contains("predire") {
            text = "predire \(prediction.choices[0].key)\n" + text
        }
        let (results, screen) = try play(text, lab, step)
        guard let results else { return "« verifier » n’a rien vérifié : \(Extraction.excerpt(screen))" }
        guard let failure = results.first(where: { $0.status == .failed }) else { return "elle réussit" }
        guard let expected = script.expected else { return "sa raison n’est pas dite" }
        if failure.id != expected.check {
            return
                "elle devait échouer à « \(expected.check) », elle échoue à « \(failure.id) » : \(failure.reason)"
        }
        if let idea = expected.misconception, failure.misconception != idea {
            return
                "l’idée fausse « \(idea) » n’est pas reconnue (\(failure.misconception ?? "aucune")) ; obtenu : \(failure.got)"
        }
        return ""
    }

    private func solution(_ lab: Lab, _ step: Step) throws(EscaleError) -> String {
        _ = try session.reset()
        let (results, screen) = try play(step.solution.text, lab, step)
        guard let results else { return "« verifier » n’a rien vérifié : \(Extraction.excerpt(screen))" }
        guard let failure = results.first(where: { $0.status != .passed }) else { return "" }
        return
            "« \(failure.id) » échoue : \(failure.reason) (attendu : \(failure.expected) ; obtenu : \(failure.got))"
    }

    private func reset(_ lab: Lab, _ step: Step) throws(EscaleError) -> String {
        let before = try session.state(lab, step).attempt
        let shell = try shell(lab, step)
        defer { shell.close() }
        let (text, _) = try shell.type("refaire")
        guard try session.state(lab, step).attempt == before + 1 else {
            return "« refaire » n’a pas commencé de nouvelle tentative : \(Extraction.excerpt(text))"
        }
        return try untouched().isEmpty ? "" : "elle réussit encore après « refaire »"
    }

    private func shell(_ lab: Lab, _ step: Step) throws(EscaleError) -> ProofShell {
        let shell = try ProofShell(program: program, kit: root.kit, directory: "/", cancelled: cancelled)
        do {
            try shell.type("ouvrir \(lab.id)")
            try shell.type("aller \(step.id)")
        } catch {
            shell.close()
            throw error
        }
        return shell
    }

    /// Types a script and `verifier`; the results that it recorded, nil where it recorded none.
    private func play(_ script: String, _ lab: Lab, _ step: Step) throws(EscaleError) -> (
        [CheckResult]?, String
    ) {
        let values = session.values(lab, step, try session.state(lab, step))
        let before = try session.state(lab, step).checks
        let shell = try shell(lab, step)
        defer { shell.close() }
        try shell.play(Substitution.apply(values, to: script))
        let (text, _) = try shell.type("verifier")
        let state = try session.state(lab, step)
        return (state.checks > before ? state.lastResults : nil, text)
    }
}
