import Linux

/// What our bash is told before the learner's first line.
package enum BashSetup {
    /// Descriptors inside bash; the commands it runs get neither.
    package static let terminalFD: Int32 = 107
    package static let reportFD: Int32 = 109

    /// Settings and functions, as bash source.
    /// - Parameter interactive: with a terminal, bash reports through its prompt, which also comes
    ///   after `^C` and `^Z`; without one it is asked for a report after each line.
    package static func script(interactive: Bool) -> String {
        var lines = [
            // A prompt set by a sourced script (virtualenv…) would be printed by a bash that has none.
            """
            __escale_report() {
                local s=$?
                builtin printf '%s %s %s\\0' "$__escale_line" "$s" "$PWD" >&\(reportFD)
                PS1= PS2=
                return $s
            }
            """,
            // Neither may disturb `$?`, which belongs to the learner's last line.
            "__escale_begin() { local s=$?; __escale_line=$1; return $s; }",
            """
            __escale_knows() {
                local s=$?
                builtin type -t -- "$2" >/dev/null 2>&1
                builtin printf '%s %s %s\\0' "$1" "$?" "$PWD" >&\(reportFD)
                return $s
            }
            """,
            "__escale_line=0", "set +o history", "shopt -s expand_aliases checkwinsize extglob",
            // In an interactive bash `exit` writes its own name.
            "exit() { builtin exit \"$@\" 2>/dev/null; }",
            "alias ls='ls --color=auto' grep='grep --color=auto' ll='ls -l'",
            notFound, engineSwitch
        ]
        lines += functions
        lines.append("readonly -f __escale_report __escale_begin __escale_knows")
        // The first report says that all this is read.
        lines.append(
            interactive ? "PROMPT_COMMAND=__escale_report; readonly PROMPT_COMMAND" : "__escale_report")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A typed text as one line of bash: with the terminal (or our stdin) as its stdin, without our
    /// own descriptors.
    package static func evaluate(_ text: String, number: Int, interactive: Bool) -> String {
        let quoted =
            "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
        let line =
            "__escale_begin \(number); eval \(quoted) <&\(terminalFD) \(terminalFD)<&- \(reportFD)>&-\n"
        return interactive ? line : line + "__escale_report\n"
    }

    /// Does bash know a word as a program, function, alias, builtin or keyword? Its report's status
    /// is 0 then.
    package static func knows(_ word: String, number: Int) -> String {
        "__escale_knows \(number) \(ShellWords.quote(word))\n"
    }

    /// `docker` and `DOCKER_HOST`: ours, or as they were before.
    private static let engineSwitch = """
        __escale_engine() {
            PATH=${PATH//"$ESCALE_SHIM:"/}
            if [ "$1" = escale ]; then
                PATH=$ESCALE_SHIM:$PATH
                export DOCKER_HOST=unix://$ESCALE_RUN/docker.sock
            elif [ -n "$ESCALE_HOST_DOCKER" ]; then
                export DOCKER_HOST=$ESCALE_HOST_DOCKER
            else
                unset DOCKER_HOST
            fi
            hash -r
        }
        """

    /// Bash's own words stay; what they mean is told by us, who read the file.
    private static let notFound = """
        command_not_found_handle() {
            builtin printf 'bash: %s: command not found\\n' "$1" >&2
            if [ -n "$ESCALE_LAST_ERROR" ]; then
                builtin printf '%s' "$1" >"$ESCALE_LAST_ERROR.command" 2>/dev/null
            fi
            return 127
        }
        """

    /// Our verbs as commands, for lines with pipes, loops and substitutions.
    private static var functions: [String] {
        var list: [String] = []
        for name in EngineVerb.all where !EngineVerb.shared.contains(name) {
            list.append("\(name)() { docker \(name) \"$@\"; }")
        }
        for name in EngineVerb.kit where name != "docker" {
            list.append("\(name)() { escale \(name) \"$@\"; }")
        }
        for verb in Verb.allCases where verb != .quitter && verb != .historique {
            let call =
                verb.command.map { "escale \($0) \"$@\"" } ?? "escale -c \"\(verb.rawValue) ${*@Q}\""
            list.append("\(verb.rawValue)() { \(call); }")
        }
        // `ps` counts containers where only Docker's flags are given, as on a line of its own.
        list.append(
            """
            ps() {
                local a
                for a in "$@"; do
                    case "$a" in
                    -[aqsl]|-aq|-qa|-as|--all|--quiet|--size|--latest|--no-trunc|--format=*|--filter=*) ;;
                    *) command ps "$@"; return ;;
                    esac
                done
                docker ps "$@"
            }
            """)
        return list
    }

    /// The environment of bash and of all it starts.
    /// - Parameters:
    ///   - bin: holds `escale`; `shim` holds `docker`, ours.
    ///   - lastError: where our commands leave the error they ended with.
    package static func environment(
        base: [String], kit: Kit, bin: String, shim: String, lastError: String, interactive: Bool
    ) -> [String] {
        var path = base.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? ""
        if path.isEmpty { path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }
        // A shell inside a shell has both folders already.
        path = path.split(separator: ":").filter { $0 != bin && $0 != shim }.joined(separator: ":")
        let own: Set<String> = [
            "PATH", "PS1", "PS2", "PROMPT_COMMAND", "BASH_ENV", "ESCALE_LAST_ERROR", "ESCALE_ROOT",
            "ESCALE_RUN", "ESCALE_PROOF", "HISTFILE", "DOCKER_HOST", "ESCALE_SHELL", "ESCALE_SHIM",
            "ESCALE_HOST_DOCKER"
        ]
        var result = base.filter { entry in
            let name = String(entry.prefix { $0 != "=" })
            // Functions exported by another bash would hide ours.
            return !own.contains(name) && !name.hasPrefix("BASH_FUNC_")
        }
        let ours = "unix://\(kit.dockerSocket)"
        let host = base.last { $0.hasPrefix("DOCKER_HOST=") }.map { String($0.dropFirst(12)) }
        result += [
            "PATH=\(shim):\(bin):\(path)", "ESCALE_ROOT=\(kit.root)", "ESCALE_RUN=\(kit.run)",
            "ESCALE_SHELL=1", "ESCALE_LAST_ERROR=\(lastError)", "ESCALE_SHIM=\(shim)", "DOCKER_HOST=\(ours)"
        ]
        if let host, host != ours, !host.isEmpty { result.append("ESCALE_HOST_DOCKER=\(host)") }
        if interactive { result += ["PS1=", "PS2="] }
        return result
    }
}
