"""The French shell: on a terminal, without one, killed, and through the lab as a learner goes."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

from kit import Kit, KitCase, Terminal, ESCALE

READY = r"\x1b\]777;escale;ready;(\d+)\x07"


class Lines(KitCase):
    def test_one_line(self):
        self.assertIn("conteneurs-vs-vm", self.escale("-c", "labs").out)
        self.assertEqual(self.escale("-c", "echo $((6*7)) | tr 4 5").out, "52\n")
        self.assertEqual(self.escale("-c", "docker run --rm busybox echo oui").out, "oui\n")
        self.escale("-c", "run --rm busybox sh -c 'exit 4'", status=4)

    def test_script(self):
        out = self.escale(input="cd /tmp\nA=1\npwd\necho $A\n").out
        self.assertIn("/tmp\n1\n", out)
        self.escale("--strict", input="false\ntrue\n", status=1)

    def test_the_runtime_is_at_hand(self):
        self.assertIn("spec", self.escale("-c", "escale-runtime --version").out)

    def test_unknown_word_suggests(self):
        result = self.escale("-c", "verifer", status=None)
        self.assertNotEqual(result.status, 0)
        self.assertIn("verifier", (result.out + result.err).replace("é", "e"))

    def test_engine_error_is_explained(self):
        result = self.escale("-c", "docker start nul", status=1)
        text = result.out + result.err
        self.assertIn("No such container: nul", text)
        self.assertRegex(text, r"conteneur")

    def test_verbs_without_accents_and_prefixes(self):
        self.assertEqual(self.escale("-c", "aide").status, 0)
        self.assertIn("verifier", (self.escale("-c", "? verifier").out).replace("é", "e"))
        self.assertIn("PSS", self.escale("-c", "glossaire PSS").out)


    def test_a_tag_that_is_missing_names_those_there(self):
        result = self.escale("run", "--rm", "escale/web", "true", status=125)
        self.assertIn("No such image: escale/web:latest", result.err)
        self.assertRegex(result.err, "→ étiquettes présentes.: escale/web:1, escale/web:2")
        told = self.escale("-c", "run --rm escale/web true", status=125).err
        self.assertIn("essayez `escale/web:1`, `escale/web:2`", told)
        self.assertNotIn("étiquettes présentes", told)

    def test_help_on_a_verb_behind_docker(self):
        self.assertTrue(self.escale("-c", "? docker run").out.startswith("run"))

    def test_a_verb_of_dockers_that_is_missing(self):
        result = self.escale("-c", "docker swarm init", status=1)
        self.assertIn("docker: 'swarm' is not supported by this engine yet", result.err)
        self.assertIn("ne sait pas encore", result.err)


class CommandLine(KitCase):
    """`escale` outside of the shell."""

    def test_help_is_french(self):
        top = self.escale("--help").out
        verbs = re.findall(r"^  ([a-z]+)(?:,| \(|  )", top, re.M)
        self.assertGreater(len(verbs), 30, verbs)
        pages = [["--help"]] + [[verb, "--help"] for verb in verbs]
        for family in ("lab", "vm", "container", "image"):
            below = re.findall(r"^  ([a-z]+)(?:,|  )", self.escale(family, "--help").out.split("COMMANDES")[1], re.M)
            pages += [[family, verb, "--help"] for verb in below]
        for words in pages:
            out = self.escale(*words).out
            self.assertRegex(out, f"USAGE\u00a0: escale .*{words[-2]}" if len(words) > 1 else "USAGE\u00a0: escale ", words)
            self.assertNotRegex(
                out, r"OVERVIEW|SUBCOMMANDS|Show help|\(default|(?i:\b(the|of|and|with|containers|container's|as JSON)\b(?!:))", words)
            for line in out.splitlines():
                if not line.startswith("USAGE"):
                    self.assertLessEqual(len(line), 90, words)

    def test_an_unknown_command_is_named(self):
        for words, nearest in ((["gradee"], "escale grade"), (["vm", "pss"], "escale vm ps"), (["lab", "chek"], "escale lab check")):
            result = self.escale(*words, status=2)
            self.assertIn(f"« {words[-1]} » n’est pas une commande".replace("« ", "«\u00a0").replace(" »", "\u00a0»"), result.err)
            self.assertIn(nearest, result.err)
        self.assertNotIn("shell", self.escale("frobnicate", status=2).err)
        self.assertIn("is not a docker command", self.escale("docker", "pss", status=2).err)

    def test_a_step_is_wrapped_text_on_a_pipe(self):
        out = self.escale("lab", "show", "1", "1").out
        self.assertNotIn("**", out)
        self.assertNotIn("```", out)
        for line in out.splitlines():
            if not line.startswith("    "):
                self.assertLessEqual(len(line), 80, line)

    def test_a_step_on_a_terminal_has_no_marks(self):
        env = {k: v for k, v in self.kit.env.items() if k != "NO_COLOR"}
        terminal = Terminal([ESCALE, "lab", "show", "1", "1"], env)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 0)
        self.assertNotRegex(terminal.text, r"\*\*|`")
        self.assertIn("\x1b[", terminal.text)

    def test_checks_and_answers_say_what_they_are_about(self):
        refused = self.escale("lab", "check", "1", "1", status=1)
        self.assertIn("Étape 1/14", refused.out)
        self.assertIn("escale lab predict 1 1 CHOIX", refused.err)
        self.assertIn("une seule", self.escale("lab", "predict", "1", "1", "1").out)
        out = self.escale("lab", "check", "1", "1", status=1).out
        self.assertIn("Trois conteneurs", out)
        empty = self.escale("lab", "answer", "1", "1", status=2)
        self.assertIn("escale lab answer 1 1 noyaux=… inode=…", empty.err)
        self.assertIn("noyaux=1", self.escale("lab", "answer", "1", "1", "noyaux=1").out)
        self.assertIn("n’attend pas de réponse", self.escale("lab", "answer", "1", "2", "3", status=1).err)

    def test_a_solution_has_no_empty_screen(self):
        self.escale("-c", "ouvrir 1")
        out = self.escale("-c", "solution").out
        self.assertIn("docker run -d", out)
        self.assertNotIn("\n\n\n", out)


class AsALearner(KitCase):
    """On a terminal that nobody drives: pages, and a prompt on a line of its own."""

    PROMPT = "❯ "

    def open(self, rows=24, **env):
        # A made-up home: readline must not meet the settings of whoever runs the tests.
        terminal = Terminal([ESCALE], dict(self.kit.env, INPUTRC="/dev/null", **env), rows=rows)
        self.addCleanup(terminal.close)
        terminal.expect(self.PROMPT)
        return terminal

    def test_a_long_step_comes_by_pages(self):
        terminal = self.open()
        terminal.type("ouvrir 1\r")
        page = terminal.expect(r"(.*?)-- suite").group(1)
        self.assertIn("Bienvenue", page)
        self.assertLess(page.count("\n"), 26)
        terminal.type("\r")
        terminal.expect("-- suite")
        terminal.type("q")
        terminal.expect(self.PROMPT)
        terminal.type("lire\r")
        terminal.expect("-- suite")
        terminal.type("\x03")
        terminal.expect(self.PROMPT)
        terminal.type("echo $((6*7))\r")
        terminal.expect("\n42")

    def test_what_fits_is_not_paged(self):
        terminal = self.open(rows=200)
        terminal.type("ouvrir 1\r")
        self.assertNotIn("-- suite", terminal.expect(r"(.*?)" + self.PROMPT).group(1))

    def test_the_prompt_begins_a_line(self):
        terminal = self.open()
        terminal.type("printf abc\r")
        # The echo of what is typed, then its output, the mark, and enough spaces to leave the line.
        terminal.expect("\nabc⏎ {79}\r\x1b\\[K.*" + self.PROMPT)

    def test_completion_of_answers(self):
        terminal = self.open(rows=200)
        terminal.type("ouvrir 1\r")
        terminal.expect("repondre noyaux=.*" + self.PROMPT)
        terminal.type("repondre n\t")
        terminal.expect("noyaux=")
        terminal.type("1 \t")
        terminal.expect("inode=")
        terminal.type("\x03")
        terminal.expect(self.PROMPT)
        terminal.type("ouvrir c\t\t\t")
        terminal.expect("conteneurs-vs-vm")
        terminal.type("\x03")
        self.assertNotIn("conteneurs-vs-vm", terminal.expect(r"(.*?)" + "\\^C").group(1))

    def test_an_interrupt_just_after_a_key_is_seen(self):
        # The terminal drops the keys before ^C: whoever began to wait for them must still see it.
        terminal = self.open()
        for keys in range(400):
            terminal.type("ouvrir c" + "\t" * (keys % 8))
            time.sleep(keys % 50 * 1e-4)
            terminal.type("\x03")
            terminal.expect(r"\^C\r?\n.*" + self.PROMPT)

    def test_an_insistent_interrupt_leaves_the_container(self):
        terminal = self.open()
        # It says when it has seen the first one: two at once would be one signal.
        terminal.type("run --name sourd busybox sh -c 'trap \"echo vu-$((6*7))\" INT; echo pret-$((6*7)); while :; do sleep 600 & wait; done'\r")
        terminal.expect("pret-42")
        terminal.type("\x03")
        terminal.expect("vu-42")
        terminal.type("\x03")
        terminal.expect("Encore une fois")
        terminal.type("\x03")
        terminal.expect("forcefully exiting.*repris la main.*docker stop.*" + self.PROMPT)
        self.assertIn("sourd", self.escale("ps", "--format", "{{.Names}}").out)


class OnATerminal(KitCase):
    def open(self, **env):
        terminal = Terminal([ESCALE], dict(self.kit.env, ESCALE_PROOF="1", **env))
        self.addCleanup(terminal.close)
        terminal.expect(READY)
        return terminal

    def say(self, terminal, line, seconds=60):
        terminal.type(line + "\r")
        match = terminal.expect(r"(.*?)" + READY, seconds)
        return match.group(1), int(match.group(2))

    def test_keys(self):
        terminal = self.open()
        terminal.type("sleep 100\r")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect(READY)
        terminal.type("n'importe quoi\x03")
        terminal.expect(READY)
        self.assertIn("42", self.say(terminal, "echo $((6*7))")[0])
        terminal.type("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_state_lasts_between_lines(self):
        terminal = self.open()
        self.say(terminal, "cd /tmp; B=deux")
        self.assertIn("/tmp deux", self.say(terminal, "echo $PWD $B")[0])
        self.say(terminal, "docker run -d --name fond busybox sleep 60")
        self.assertIn("fond", self.say(terminal, "ps")[0])

    def test_terminal_goes_away(self):
        terminal = self.open()
        pid = terminal.pid
        os.close(terminal.fd)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not terminal.ended():
            time.sleep(0.05)
        self.assertTrue(terminal.ended(), "the shell ends with its terminal")
        terminal.fd = os.open("/dev/null", os.O_RDONLY)

    def test_progress_survives_kill(self):
        terminal = self.open()
        self.say(terminal, "ouvrir conteneurs-vs-vm")
        before = self.escale("-c", "progres").out
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        self.assertEqual(self.escale("-c", "progres").out, before)
        again = self.open()
        text, status = self.say(again, "reprendre")
        self.assertEqual(status, 0, text)

    def test_narrow_plain_terminal(self):
        terminal = self.open(NO_COLOR="1", TERM="dumb")
        text, _ = self.say(terminal, "labs")
        self.assertNotIn("\x1b[3", text)
        for line in text.splitlines():
            self.assertLessEqual(len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)), 80, line)
