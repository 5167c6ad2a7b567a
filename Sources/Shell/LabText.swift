import Labs

/// What the shell shows of labs, for `escale lab`: wrapped, and coloured on a terminal.
package enum LabText {
    private static var style: Style { .terminal }

    package static func step(_ view: StepView) -> String { StepScreen.text(view, style) }

    /// The name of a step, over what is said of it.
    package static func heading(_ view: StepView) -> String { StepScreen.heading(view, style) }

    /// - Parameter view: the step after the check.
    package static func check(_ report: CheckReport, _ view: StepView?) -> String {
        ReportScreen.text(report, view, style)
    }

    package static func hint(_ hint: HintView) -> String { ReportScreen.hint(hint, style) }
    package static func solution(_ solution: SolutionView) -> String {
        ReportScreen.solution(solution, style)
    }
    package static func reset(_ report: ResetReport) -> String { ReportScreen.reset(report, style) }

    /// A sentence of ours, in Markdown.
    package static func sentence(_ text: String) -> String { Markdown.render(French.set(text), style) }
}
