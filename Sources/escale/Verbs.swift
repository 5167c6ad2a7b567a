import ArgumentParser

/// Every verb. The Docker-compatible ones stand at top level and under `escale docker`.
enum Verbs {
    static let docker: [any ParsableCommand.Type] = [
        RunCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
        KillCommand.self, RemoveCommand.self, PauseCommand.self, UnpauseCommand.self, WaitCommand.self,
        RenameCommand.self, PsCommand.self, ExecCommand.self, AttachCommand.self, LogsCommand.self,
        InspectCommand.self, TopCommand.self, StatsCommand.self, CopyCommand.self, PortCommand.self,
        ImagesCommand.self, RemoveImageCommand.self, TagCommand.self, HistoryCommand.self, EventsCommand.self,
        VersionCommand.self, InfoCommand.self, ContainerCommand.self, ImageCommand.self
    ]
    static let own: [any ParsableCommand.Type] = [
        ShellCommand.self, LabsCommand.self, LabCommand.self, GradeCommand.self, ExplainCommand.self,
        CompareCommand.self,
        BenchCommand.self, DoctorCommand.self, SetupCommand.self, DaemonCommand.self, VMCommand.self,
        VMSuperviseCommand.self, RootfsCommand.self
    ]
    static let all: [any ParsableCommand.Type] = own + docker + [DockerCommand.self]
    static let fallback: (any ParsableCommand.Type)? = ShellCommand.self
}

/// `escale docker VERB…`: the same verbs, for fingers that know Docker.
struct DockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker", abstract: "The Docker-compatible verbs.", subcommands: Verbs.docker)
}

/// `escale container VERB…`, as `docker container`.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Manage containers.",
        subcommands: [
            RunCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
            KillCommand.self, RemoveCommand.self, PauseCommand.self, UnpauseCommand.self, WaitCommand.self,
            RenameCommand.self, ListCommand.self, ExecCommand.self, AttachCommand.self, LogsCommand.self,
            InspectCommand.self, TopCommand.self, StatsCommand.self, CopyCommand.self, PortCommand.self,
            PruneContainersCommand.self
        ])
}

/// `escale image VERB…`, as `docker image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Manage images.",
        subcommands: [
            ListImagesCommand.self, InspectImageCommand.self, RemoveImagesCommand.self, TagCommand.self,
            HistoryCommand.self
        ])
}
