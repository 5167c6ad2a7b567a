import ArgumentParser
import DockerClient
import Glibc
import Linux
import OCI
import RegistryClient
import Support

struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Se fait connaître d’un registre.")
    @Option(name: .shortAndLong, help: "Nom d’utilisateur.") var username: String?
    @Option(name: .shortAndLong, help: "Mot de passe\u{A0}; préférez --password-stdin.") var password: String?
    @Flag(name: .long, help: "Lit le mot de passe sur l’entrée.") var passwordStdin = false
    @Argument(help: "Registre\u{A0}; Docker Hub sans cela.") var server: String?

    func run() throws {
        let domain = DockerConfigFile.domain(server ?? "")
        if passwordStdin {
            guard username != nil else {
                throw EscaleError(.invalid, "the --password-stdin option requires --username")
            }
            guard password == nil else {
                throw EscaleError(.invalid, "--password and --password-stdin are mutually exclusive")
            }
        }
        var file = try DockerConfigFile()
        let user = try username ?? Self.ask("Username: ", hidden: false)
        var secret =
            try password ?? (passwordStdin ? Self.standardInput() : Self.ask("Password: ", hidden: true))
        while secret.last?.isNewline == true { secret.removeLast() }
        guard !user.isEmpty, !secret.isEmpty else { throw EscaleError(.invalid, "Error: password is empty") }
        if password != nil {
            Output.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n")
        }
        let answer = try DockerClient().post(
            "/auth",
            body: [
                "username": .string(user), "password": .string(secret),
                "serveraddress": .string(DockerConfigFile.key(domain))
            ])
        let token = answer["IdentityToken"].string.flatMap { $0.isEmpty ? nil : $0 }
        let place = try file.store(domain, user: user, password: secret, identityToken: token)
        if place == file.path {
            Output.err(
                "WARNING! Your password will be stored unencrypted in \(place).\n"
                    + "Configure a credential helper to remove this warning.\n")
        }
        Output.out((answer["Status"].string ?? "Login Succeeded") + "\n")
    }

    private static func standardInput() throws(EscaleError) -> String {
        String(decoding: try Files.readAll(0, limit: 1 << 16), as: UTF8.self)
    }

    /// One line from the terminal, not shown where it is a secret.
    private static func ask(_ prompt: String, hidden: Bool) throws(EscaleError) -> String {
        guard isatty(0) == 1 else {
            throw EscaleError(
                .invalid, "Error: Cannot perform an interactive login from a non TTY device",
                repair: "escale login -u NAME --password-stdin")
        }
        Output.err(prompt)
        var old = termios()
        tcgetattr(0, &old)
        if hidden {
            var silent = old
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &silent)
        }
        defer {
            if hidden {
                tcsetattr(0, TCSAFLUSH, &old)
                Output.err("\n")
            }
        }
        return readLine() ?? ""
    }
}

struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Oublie un registre.")
    @Argument(help: "Registre\u{A0}; Docker Hub sans cela.") var server: String?

    func run() throws {
        let domain = DockerConfigFile.domain(server ?? "")
        var file = try DockerConfigFile()
        let name = DockerConfigFile.key(domain)
        guard try file.erase(domain) else {
            Output.out("Not logged in to \(name)\n")
            return
        }
        Output.out("Removing login credentials for \(name)\n")
    }
}
