"""Real clients on our socket: the docker command and docker-py."""
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

from kit import Kit, KitCase, Terminal


@unittest.skipUnless(shutil.which("docker"), "no docker client on the PATH")
class DockerCommand(KitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kit.start_daemon()

    def test_version_and_info(self):
        out = self.docker("version", "--format", "{{.Server.APIVersion}} {{.Server.Os}}").out
        self.assertRegex(out, r"^1\.\d+ linux$")
        self.docker("info")

    def test_images(self):
        out = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}").out
        self.assertIn("busybox:latest", out)
        self.assertIn("escale/web:1", out)
        self.docker("image", "inspect", "busybox")
        self.docker("history", "escale/web:1")
        self.docker("tag", "busybox", "autre:1")
        self.docker("rmi", "autre:1")

    def test_run(self):
        result = self.docker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3", status=3)
        self.assertEqual((result.out, result.err), ("out\n", "err\n"))
        self.assertEqual(self.docker("run", "--rm", "-i", "busybox", "cat", input="abc").out, "abc")
        self.docker("run", "--rm", "busybox", "nope", status=127)
        self.assertIn("inconnue", self.docker("run", "--rm", "inconnue", "true", status=125).err)

    def test_what_is_missing_is_told(self):
        for words in (["swarm", "init"], ["plugin", "ls"]):
            result = self.kit.docker(*words)
            self.assertNotEqual(result.status, 0, words)
            self.assertIn("not supported by this engine yet", result.err, words)

    def test_run_with_a_terminal(self):
        terminal = Terminal(["docker", "run", "--rm", "-it", "busybox", "sh"], self.kit.env)
        try:
            terminal.expect("# ")
            terminal.type("echo $((6*7))\r")
            terminal.expect("42")
            terminal.type("exit 6\r")
            self.assertEqual(terminal.wait(), 6)
        finally:
            terminal.close()

    def test_life(self):
        name = "vie"
        self.docker("run", "-d", "--name", name, "-p", "127.0.0.1::80", "-m", "64m", "escale/web:1")
        self.assertIn(name, self.docker("ps").out)
        self.assertRegex(self.docker("port", name).out, r"80/tcp -> 127\.0\.0\.1:\d+")
        info = json.loads(self.docker("inspect", name).out)[0]
        self.assertTrue(info["State"]["Running"])
        self.assertEqual(info["HostConfig"]["Memory"], 64 << 20)
        self.assertEqual(self.docker("exec", name, "echo", "oui").out, "oui\n")
        self.docker("exec", name, "sh", "-c", "exit 9", status=9)
        self.assertIn("PID", self.docker("top", name).out)
        self.docker("stats", "--no-stream", name)
        self.docker("rename", name, "vie2")
        self.docker("pause", "vie2")
        self.docker("unpause", "vie2")
        self.docker("stop", "vie2")
        self.docker("start", "vie2")
        self.docker("kill", "vie2")
        self.docker("wait", "vie2")
        self.docker("rm", "vie2")
        self.assertNotIn("vie2", self.docker("ps", "-a").out)

    def test_logs_follow(self):
        self.docker("run", "-d", "--name", "suite", "busybox", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done")
        self.assertEqual(self.docker("logs", "-f", "suite").out, "1\n2\n3\n")
        self.assertEqual(self.docker("logs", "--tail", "1", "suite").out, "3\n")
        self.assertRegex(self.docker("logs", "-t", "suite").out, r"^\d{4}-\d\d-\d\dT")

    def test_attach(self):
        self.docker("run", "-d", "-i", "--name", "at", "busybox", "cat")
        process = subprocess.Popen(
            ["docker", "attach", "at"], env=self.kit.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write("bonjour\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "bonjour\n")
        # SIGTERM would be passed on to the container.
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def test_cp(self):
        self.docker("run", "-d", "--name", "copie", "busybox", "sleep", "60")
        source = os.path.join(self.kit.root, "x")
        with open(source, "w") as file:
            file.write("contenu")
        self.docker("cp", source, "copie:/tmp/y")
        self.assertEqual(self.docker("exec", "copie", "cat", "/tmp/y").out, "contenu")
        self.docker("cp", "copie:/tmp/y", source + "2")
        self.assertEqual(open(source + "2").read(), "contenu")

    def test_events(self):
        out = subprocess.Popen(
            ["docker", "events", "--format", "{{.Action}}", "--filter", "type=container"], env=self.kit.env,
            stdout=subprocess.PIPE, text=True)
        # Events are from now on: the client may still be connecting, so start containers until one is told.
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(iter(out.stdout.readline, "")), daemon=True)
        reader.start()

        def told():
            self.docker("run", "--rm", "busybox", "true")
            return {"start\n", "die\n"} <= set(seen)

        self.wait_for("events", told)
        out.terminate()
        out.wait()
        reader.join()
        out.stdout.close()

    def test_errors(self):
        for words, text in [
            (("start", "nul"), "No such container: nul"), (("rm", "nul"), "No such container: nul"),
            (("run", "--network", "nul", "busybox"), "nul"), (("exec", "nul", "true"), "No such container: nul"),
        ]:
            result = self.docker(*words, status=None)
            self.assertNotEqual(result.status, 0)
            self.assertIn(text, result.err)


try:
    import docker as docker_py
except ImportError:
    docker_py = None


@unittest.skipUnless(docker_py, "docker-py is not installed")
class DockerPy(KitCase):
    def test_life(self):
        self.kit.start_daemon()
        client = docker_py.DockerClient(base_url="unix://" + self.kit.socket)
        self.assertEqual(client.containers.run("busybox", ["echo", "oui"], remove=True), b"oui\n")
        container = client.containers.run("busybox", ["sleep", "60"], detach=True, name="py", mem_limit="64m")
        container.reload()
        self.assertEqual(container.status, "running")
        self.assertEqual(container.exec_run(["echo", "a"]).output, b"a\n")
        self.assertEqual(container.stats(stream=False)["memory_stats"]["limit"], 64 << 20)
        self.assertIn("sleep 60", str(container.top()["Processes"]))
        container.stop(timeout=0)
        self.assertEqual(container.wait()["StatusCode"], 137)
        container.remove()
        with self.assertRaises(docker_py.errors.NotFound):
            client.containers.get("py")
        client.close()

    def test_disk_usage_tells_what_images_share(self):
        self.kit.start_daemon()
        client = docker_py.DockerClient(base_url="unix://" + self.kit.socket)
        self.addCleanup(client.close)
        client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN echo 12345 > /five\n"), tag="py:shares")
        usage = client.df()
        images = {(image["RepoTags"] or [""])[0]: image for image in usage["Images"]}
        base, mine = images["busybox:latest"], images["py:shares"]
        self.assertEqual(base["SharedSize"], base["Size"])
        self.assertEqual((mine["SharedSize"], mine["Size"] - mine["SharedSize"]), (base["Size"], 6))
        self.assertLess(usage["LayersSize"], sum(image["Size"] for image in usage["Images"]))

    def test_builds(self):
        self.kit.start_daemon()
        client = docker_py.DockerClient(base_url="unix://" + self.kit.socket)
        self.addCleanup(client.close)
        folder = tempfile.mkdtemp(prefix="esc-py-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, folder)
        with open(folder + "/Dockerfile", "w") as file:
            file.write("FROM busybox AS one\nARG WORD=none\nRUN echo $WORD > /word\nCMD [\"cat\", \"/word\"]\n"
                       "FROM one\nRUN echo two > /word\n")

        def build(**more):
            image, log = client.images.build(path=folder, rm=True, **more)
            return image, "".join(line.get("stream", "") for line in log)
        image, log = build(tag="py:1", buildargs={"WORD": "given"}, labels={"a": "b"})
        self.assertIn("Successfully tagged py:1", log)
        self.assertEqual((image.tags, image.labels["a"]), (["py:1"], "b"))
        self.assertEqual(client.containers.run("py:1", remove=True), b"two\n")
        image, log = build(buildargs={"WORD": "given"}, target="one")
        self.assertIn("Using cache", log)
        self.assertEqual(client.containers.run(image, remove=True), b"given\n")
        self.assertNotIn("Using cache", build(buildargs={"WORD": "given"}, target="one", nocache=True)[1])
        image, _ = client.images.build(fileobj=io.BytesIO(b"FROM busybox\nCMD [\"echo\", \"file\"]\n"))
        self.assertEqual(client.containers.run(image, remove=True), b"file\n")
        with open(folder + "/Dockerfile", "w") as file:
            file.write("FROM busybox\nRUN echo said; exit 4\n")
        with self.assertRaises(docker_py.errors.BuildError) as failed:
            build()
        self.assertIn("returned a non-zero code: 4", failed.exception.msg)
        self.assertIn("said", "".join(line.get("stream", "") for line in failed.exception.build_log))
        with self.assertRaises(docker_py.errors.BuildError):
            build(dockerfile="none")

