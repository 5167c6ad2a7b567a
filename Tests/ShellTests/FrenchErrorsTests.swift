import Shell
import Testing

@Suite struct FrenchErrorsTests {
    @Test(
        "An engine's error is explained",
        arguments: [
            ("cannot save your progress: mkdir /x: no such file or directory", 1, "ESCALE_ROOT"),
            ("Error response from daemon: No such container: phare", 1, "« phare »"),
            ("Error: No such object: phare", 1, ""),
            ("No such VM: v1", 1, "« v1 »"),
            ("Unable to find image 'nginx:latest' locally", 125, "magasin"),
            ("No such image: nginx:latest", 1, "« nginx:latest »"),
            ("pull access denied for nginx, repository does not exist", 1, "registre"),
            ("invalid reference format: repository name must be lowercase", 125, "minuscules"),
            (
                "Conflict. The container name \"/web\" is already in use by container \"0a\".", 125,
                "garde le sien"
            ),
            ("driver failed: Bind for 0.0.0.0:8080 failed: port is already allocated", 125, "port"),
            ("listen tcp 0.0.0.0:80: bind: address already in use", 125, "port"),
            ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", 1, "moteur"),
            ("the engine did not start: no message", 1, "diagnostic"),
            (
                "permission denied while trying to connect to the engine at unix:///x", 1,
                "droit de lui parler"
            ),
            ("exec: \"bash\": executable file not found in $PATH: unknown", 127, "dans l’image"),
            ("exec: \"/etc/passwd\": permission denied: unknown", 126, "exécutable"),
            ("exec /app: exec format error", 126, "processeur"),
            (
                "You cannot remove a running container 0a. Stop the container before attempting removal", 1,
                "arrêter"
            ),
            ("conflict: unable to remove repository reference \"busybox\" (must force)", 1, "image"),
            ("Container 0a is not running", 1, "terminé"),
            ("Container 0a is paused", 1, "pause"),
            ("sh: can't fork: Resource temporarily unavailable", 2, "pids-limit"),
            ("write /x: no space left on device", 1, "disque est plein"),
            ("fork: cannot allocate memory", 1, "mémoire"),
            ("unknown flag: --foo", 125, "« --foo »"),
            ("unknown shorthand flag: 'z' in -z", 125, "option"),
            ("Unknown option '--foo'", 2, "option"),
            ("Unexpected argument 'pull'", 2, "verbe"),
            ("docker: 'commit' is not supported by this engine yet", 1, "pas encore"),
            ("Error response from daemon: not supported by this engine yet: docker commit", 1, "pas encore"),
            ("docker: 'pss' is not a docker command.", 2, "Aucune commande"),
            ("impossible d’écrire dans /x (ESCALE_ROOT) : ce n’est pas un dossier", 1, "ESCALE_ROOT"),
            ("flag needs an argument: --name", 125, "valeur"),
            ("invalid argument \"abc\" for \"-m\" flag: invalid size", 125, "« abc »"),
            ("invalid publish specification \"x\": bad", 125, "8080:80"),
            ("\"docker run\" requires at least 1 argument.", 125, "Il manque"),
            ("template parsing error: unclosed action", 64, "modèle"),
            ("template: :1: executing \"\" at <.pid>: map has no entry for key \"pid\"", 1, "« pid »"),
            ("unable to prepare context: path \"page\" not found", 1, "« page »"),
            ("dockerfile parse error on line 2: unknown instruction: CMDD", 1, "dockerfile check"),
            ("No such image: busbox:latest (Get \"https://a\": no such host)", 125, "« busbox:latest »"),
            ("No such network: lan", 1, "« lan »"),
            ("qemu-system-x86_64: terminated by signal 9", 1, "vm logs"),
            ("open /sys/x: read-only file system", 1, "lecture seule"),
            ("mount: operation not permitted", 1, "capabilities"),
            ("open /root: permission denied", 1, "droit"),
            ("", 137, "SIGKILL"), ("", 143, "SIGTERM"), ("", 127, "127"), ("", 126, "126"), ("", 125, "125")
        ])
    func explained(message: String, status: Int, says: String) {
        let code = message.isEmpty ? nil : "notFound"
        guard let help = FrenchErrors.explain(message: message, code: code, status: Int32(status)) else {
            Issue.record("no help for: \(message)")
            return
        }
        let text = FrenchErrors.render(help, Style())
        #expect(text.contains(says) || (help.meaning + help.actions.joined()).contains(says), "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { Width.of($0) <= 80 })
    }

    @Test func tagsThatExistAreNamed() throws {
        let help = try #require(
            FrenchErrors.explain(
                message: "docker: Error response from daemon: No such image: escale/web:latest",
                code: "notFound", status: 125, tags: ["escale/web:1", "escale/web:2"]))
        #expect(help.meaning.contains("« escale/web:latest »"))
        #expect(help.actions == ["essayez `escale/web:1`, `escale/web:2`"])
    }

    @Test("A program's own failure is its own business", arguments: [1, 2, 3, 42])
    func silent(status: Int) {
        #expect(FrenchErrors.explain(message: "", code: nil, status: Int32(status)) == nil)
    }

    @Test(
        "Every kind of error has a word",
        arguments: [
            "invalid", "notFound", "conflict", "denied", "unavailable", "noSpace", "noMemory", "timeout",
            "corrupt", "internal"
        ])
    func codes(code: String) {
        #expect(FrenchErrors.explain(message: "xyzzy", code: code, status: 1) != nil)
    }
}
