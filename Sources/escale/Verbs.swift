import ArgumentParser

/// Every verb. The Docker-compatible ones stand at top level and under `escale docker`.
enum Verbs {
    static let docker: [any ParsableCommand.Type] = [
        RunCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
        KillCommand.self, RemoveCommand.self, PauseCommand.self, UnpauseCommand.self, WaitCommand.self,
        RenameCommand.self, PsCommand.self, ExecCommand.self, AttachCommand.self, LogsCommand.self,
        InspectCommand.self, TopCommand.self, StatsCommand.self, CopyCommand.self, PortCommand.self,
        BuildCommand.self, BuilderCommand.self,
        ImagesCommand.self, RemoveImageCommand.self, TagCommand.self, HistoryCommand.self, SaveCommand.self,
        LoadCommand.self, ImportCommand.self, ExportCommand.self, CommitCommand.self, DiffCommand.self,
        PullCommand.self, PushCommand.self, LoginCommand.self, LogoutCommand.self, EventsCommand.self,
        VersionCommand.self, InfoCommand.self, ContainerCommand.self, ImageCommand.self
    ]
    static let groups = [
        CommandGroup(
            name: "Labs",
            subcommands: [ShellCommand.self, LabsCommand.self, LabCommand.self, GradeCommand.self]),
        CommandGroup(
            name: "Mesurer et comprendre",
            subcommands: [
                ExplainCommand.self, CompareCommand.self, BenchCommand.self, DoctorCommand.self
            ]),
        CommandGroup(
            name: "Machines virtuelles", subcommands: [VMCommand.self, VMSuperviseCommand.self]),
        CommandGroup(
            name: "Conteneurs et images, comme avec docker", subcommands: docker + [DockerCommand.self]),
        CommandGroup(
            name: "Le kit",
            subcommands: [
                SetupCommand.self, DaemonCommand.self, RegistryCommand.self, DockerfileCommand.self,
                RootfsCommand.self
            ])
    ]
    static let fallback: (any ParsableCommand.Type)? = ShellCommand.self
}

/// `escale docker VERB…`: the same verbs, for fingers that know Docker.
struct DockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker", abstract: "Les verbes de Docker, avec «\u{A0}docker\u{A0}» devant.",
        subcommands: Verbs.docker)
}

/// `escale container VERB…`, as `docker container`.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Les verbes sur les conteneurs.",
        subcommands: [
            RunCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
            KillCommand.self, RemoveCommand.self, PauseCommand.self, UnpauseCommand.self, WaitCommand.self,
            RenameCommand.self, ListCommand.self, ExecCommand.self, AttachCommand.self, LogsCommand.self,
            InspectCommand.self, TopCommand.self, StatsCommand.self, CopyCommand.self, PortCommand.self,
            PruneContainersCommand.self, ExportCommand.self, CommitCommand.self, DiffCommand.self
        ])
}

/// `escale image VERB…`, as `docker image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Les verbes sur les images.",
        subcommands: [
            BuildCommand.self, ListImagesCommand.self, InspectImageCommand.self, RemoveImagesCommand.self,
            TagCommand.self,
            HistoryCommand.self, SaveCommand.self, LoadCommand.self, ImportCommand.self,
            PruneImagesCommand.self, VerifyImagesCommand.self, ImageTreeCommand.self, PullCommand.self,
            PushCommand.self
        ])
}
