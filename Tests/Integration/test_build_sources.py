"""Where a build's files come from besides its folder: registries, addresses, git, other contexts."""
import base64
import functools
import hashlib
import http.server
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading

from builds import BuildCase
from kit import ESCALE
from registries import INDEX, MANIFEST, Registry, sha256


class BaseImages(BuildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry()

    @classmethod
    def tearDownClass(cls):
        cls.registry.close()
        super().tearDownClass()

    def publish(self, name, dockerfile, *words):
        """An image that the registry has and the store has not."""
        whole = f"{self.registry.host}/{name}"
        self.build(dockerfile, "-t", whole, *words)
        self.escale("push", whole)
        self.escale("rmi", whole)
        return whole

    def test_a_missing_base_is_pulled(self):
        base = self.publish("base:1", "FROM busybox\nRUN echo base > /b\n")
        files = self.publish("files:1", "FROM scratch\nCOPY <<EOF /f\nfiles\nEOF\n")
        out = self.shown(
            f"FROM {base}\nCOPY --from={files} /f /\nRUN --mount=from={files},target=/m cat /m/f >> /b\n", "cat /b /f")
        self.assertEqual(out, "base\nfiles\nfiles\n")
        # Named as a pull would have named them.
        self.assertIn("base", self.escale("images", base).out)

    def test_pull_looks_for_a_newer_one(self):
        base = self.publish("newer:1", "FROM busybox\nRUN echo one > /n\n")
        text = f"FROM {base}\nRUN cp /n /copy\n"
        self.assertEqual(self.shown(text, "cat /copy"), "one\n")
        self.escale("tag", base, "kept:1")
        self.publish("newer:1", "FROM busybox\nRUN echo two > /n\n")
        self.escale("tag", "kept:1", base)
        self.assertEqual(self.shown(text, "cat /copy"), "one\n")
        self.assertEqual(self.shown(text, "cat /copy", "--pull"), "two\n")

    def test_a_platform_is_chosen_from_an_index(self):
        names = []
        for machine in ("amd64", "arm64"):
            name = f"{self.registry.host}/many:{machine}"
            self.build(f"FROM scratch\nCOPY <<EOF /m\n{machine}\nEOF\n", "-t", name, "--platform", f"linux/{machine}")
            self.assertEqual(json.loads(self.escale("image", "inspect", name).out)[0]["Architecture"], machine)
            self.escale("push", name)
            names.append(name)
        client = self.registry.client()
        manifests = []
        for machine in ("amd64", "arm64"):
            answer = client.ask("GET", f"/v2/many/manifests/{machine}", Accept=MANIFEST)
            manifests.append({
                "mediaType": MANIFEST, "size": len(answer.body), "digest": sha256(answer.body),
                "platform": {"os": "linux", "architecture": machine}})
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
        put = client.ask("PUT", "/v2/many/manifests/t", index, Content_Type=INDEX)
        self.assertEqual(put.status, 201, put)
        self.escale("rmi", *names)
        many = f"{self.registry.host}/many:t"
        text = f"FROM {many} AS other\nFROM busybox\nCOPY --from=other /m /from\nCOPY --from={many} /m /copy\n"
        self.assertEqual(self.shown(text, "cat /from /copy"), "amd64\namd64\n")
        own = text.replace(f"FROM {many}", f"FROM --platform=linux/arm64 {many}")
        self.assertEqual(self.shown(own, "cat /from /copy"), "arm64\namd64\n")
        self.build(f"FROM {many}\nENV A=b\n", "-t", "essai", "--platform", "linux/arm64")
        self.assertEqual(json.loads(self.escale("image", "inspect", "essai").out)[0]["Architecture"], "arm64")
        self.escale("rmi", "-f", many, "essai")
        asked = self.escale("create", "--platform", "linux/s390x", many, "x", status=1)
        self.assertIn("no matching manifest for linux/s390x", asked.err)
        # Both are here, and the one that was asked for is taken.
        self.escale("pull", many)
        for machine in ("arm64", "amd64"):
            identity = self.escale("create", "--platform", f"linux/{machine}", many, "x").out.strip()
            self.assertEqual(self.escale("cp", f"{identity}:/m", "-").status, 0)
            image = json.loads(self.escale("inspect", identity).out)[0]["Image"]
            self.assertEqual(json.loads(self.escale("image", "inspect", image).out)[0]["Architecture"], machine)

    def test_offline_the_missing_image_is_named(self):
        result = self.build("FROM localhost:1/nothing:2\n", status=1)
        self.assertIn("No such image: localhost:1/nothing:2", result.err)
        self.assertIn("connection refused", result.err)
        self.assertIn("Dockerfile:1", result.err)
        # The kit's own names mean the kit's own images.
        result = self.build("FROM escale/nothing:1\n", status=1)
        self.assertIn("No such image: escale/nothing:1", result.err)
        self.assertNotIn("dial", result.err)

    def test_an_absent_tag_is_told_in_words(self):
        result = self.build(f"FROM {self.registry.host}/none:1\n", status=1)
        self.assertIn(f"manifest for {self.registry.host}/none:1 not found", result.err)

    def test_docker_client_has_its_base_pulled(self):
        base = self.publish("classic:1", "FROM busybox\nRUN echo classic > /c\n")
        self.file("Dockerfile", f"FROM {base}\nRUN cat /c\n")
        self.assertIn("classic", self.docker("build", self.folder, env={"DOCKER_BUILDKIT": "0"}).out)

    def test_a_login_counts_for_base_images(self):
        passwords = os.path.join(self.folder, "htpasswd")
        self.escale("registry", "passwd", passwords, "eleve", input="mot-de-passe\n")
        registry = Registry("--htpasswd", passwords)
        self.addCleanup(registry.close)
        env = {"DOCKER_CONFIG": os.path.join(self.folder, "docker")}
        base = f"{registry.host}/private:1"
        self.escale("login", "-u", "eleve", "--password-stdin", registry.host, input="mot-de-passe", env=env)
        self.escale("tag", "busybox", base)
        self.escale("push", base, env=env)
        self.escale("rmi", base)
        os.makedirs(os.path.join(self.folder, "empty"))
        nobody = self.build(f"FROM {base}\nENV A=b\n", status=1, env={"DOCKER_CONFIG": os.path.join(self.folder, "empty")})
        self.assertIn("no basic auth credentials", nobody.err)
        self.build(f"FROM {base}\nENV A=b\n", env=env)
        # A helper that is not there is no reason for a build to fail that needs none.
        self.file("helper/config.json", '{"credsStore": "absent", "credHelpers": {"nulle.part": "absent"}}')
        self.build("FROM busybox\nENV A=b\n", env={"DOCKER_CONFIG": os.path.join(self.folder, "helper")})


class Files(http.server.SimpleHTTPRequestHandler):
    """A folder over HTTP, with what was asked; `.git` folders by git's own server program."""

    def log_message(self, *_):
        pass

    def send_head(self):
        self.server.asked.append((self.path, dict(self.headers)))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file.txt")
            self.end_headers()
            return None
        return super().send_head()

    def do_GET(self):
        return self.git() if ".git/" in self.path else super().do_GET()

    def do_POST(self):
        return self.git()

    def git(self):
        path, _, query = self.path.partition("?")
        self.server.asked.append((self.path, dict(self.headers)))
        if self.server.password and self.headers.get("Authorization") != self.server.password:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env = dict(os.environ, GIT_PROJECT_ROOT=self.directory, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                   REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type", ""),
                   HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""), REMOTE_ADDR="127.0.0.1",
                   GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True)
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        status, headers = 200, []
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            elif name:
                headers.append((name, value))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Web:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="esc-w-", dir="/var/tmp")
        handler = functools.partial(Files, directory=self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.asked, self.server.password = [], None
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def write(self, name, data, time=1_000_000_000):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.utime(path, (time, time))

    def asked(self, path):
        return [headers for p, headers in self.server.asked if p.startswith(path)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)


class WebCase(BuildCase):
    def setUp(self):
        super().setUp()
        self.web = Web()
        self.addCleanup(self.web.close)

    def tar(self, files, mode="w:gz"):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))
        return out.getvalue()

    def stdin_build(self, data, *words, status=0):
        done = subprocess.run([ESCALE, "build", "--progress", "plain", *words], input=data, env=self.kit.env, capture_output=True)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done.stderr.decode()


class AddFromTheWeb(WebCase):
    def test_a_file_with_its_name_time_and_rights(self):
        self.web.write("file.txt", "content")
        out = self.shown(
            f"FROM busybox\nADD {self.web.url}/file.txt /d/\nADD {self.web.url}/file.txt?x=1 /as\n"
            f"ADD --chown=3:4 --chmod=755 {self.web.url}/moved /moved\n",
            "cat /d/file.txt /as /moved; stat -c '%a %u:%g %Y' /d/file.txt /moved")
        self.assertEqual(out, "contentcontentcontent600 0:0 1000000000\n755 3:4 1000000000\n")

    def test_archives_are_unpacked_only_when_asked(self):
        self.web.write("a.tgz", self.tar({"x": "inside"}))
        out = self.shown(
            f"FROM busybox\nADD {self.web.url}/a.tgz /plain\nADD --unpack=true {self.web.url}/a.tgz /un/\n",
            "test -f /plain && cat /un/x")
        self.assertEqual(out, "inside")

    def test_content_is_what_the_cache_knows(self):
        self.web.write("f", "one")
        text = f"FROM busybox\nADD {self.web.url}/f /f\nRUN cat /f\n"
        self.build(text)
        self.assertEqual(self.build(text).err.count("CACHED"), 2)
        # Asked whether there is anything newer, the server sent nothing.
        self.assertIn("If-Modified-Since", self.web.asked("/f")[-1])
        self.web.write("f", "one", time=1_100_000_000)
        self.assertEqual(self.build(text).err.count("CACHED"), 2)
        self.web.write("f", "two", time=1_200_000_000)
        self.assertEqual(self.build(text).err.count("CACHED"), 0)

    def test_a_checksum_is_checked_and_spares_the_question(self):
        self.web.write("f", "checked")
        good = hashlib.sha256(b"checked").hexdigest()
        text = f"FROM busybox\nADD --checksum=sha256:{good} {self.web.url}/f /f\n"
        self.build(text)
        before = len(self.web.asked("/f"))
        self.build(text, "--no-cache")
        self.assertEqual(len(self.web.asked("/f")), before)
        wrong = self.build(text.replace(good, "0" * 64), status=1)
        self.assertIn(f"digest mismatch sha256:{good}: sha256:{'0' * 64}", wrong.err)
        self.file("local", "x")
        local = self.build(f"FROM busybox\nADD --checksum=sha256:{good} local /f\n", status=1)
        self.assertIn("checksum can't be specified for non-HTTP(S) sources", local.err)

    def test_failures_name_the_address(self):
        result = self.build(f"FROM busybox\nADD {self.web.url}/nothing /f\n", status=1)
        self.assertIn(f"{self.web.url}/nothing: invalid response status 404", result.err)
        self.assertIn("Dockerfile:2", result.err)
        self.assertIn("connection refused", self.build("FROM busybox\nADD http://127.0.0.1:1/f /f\n", status=1).err)


class AddFromGit(WebCase):
    def setUp(self):
        super().setUp()
        self.tree = os.path.join(self.folder, "tree")
        self.git("init", "-q", "-b", "main", self.tree, folder=".")
        self.commit({"a.txt": "first", "sub/b.txt": "below"}, "one")
        self.git("tag", "-a", "-m", "v1", "v1")
        self.commit({"a.txt": "second"}, "two")
        self.git("clone", "-q", "--bare", self.tree, os.path.join(self.web.folder, "r.git"))
        self.address = f"{self.web.url}/r.git"

    def git(self, *words, folder=None):
        env = dict(os.environ, GIT_AUTHOR_NAME="x", GIT_AUTHOR_EMAIL="x@x", GIT_COMMITTER_NAME="x", GIT_COMMITTER_EMAIL="x@x",
                   GIT_COMMITTER_DATE="1000000000 +0000")
        return subprocess.run(["git", *words], cwd=folder or self.tree, env=env, check=True, capture_output=True, text=True).stdout

    def commit(self, files, message):
        for path, text in files.items():
            whole = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            open(whole, "w").write(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", message)

    def push(self):
        self.git("push", "-q", os.path.join(self.web.folder, "r.git"), "main")

    def test_branches_tags_commits_and_folders(self):
        first = self.git("rev-parse", "v1^{}").strip()
        out = self.shown(
            f"FROM busybox\nADD {self.address} /head\nADD {self.address}#v1 /tag\nADD {self.address}#{first}:sub /commit\n"
            f"ADD {self.address}?branch=main&subdir=sub /query\nADD --keep-git-dir=true {self.address}#main /kept\n"
            f"ADD --exclude=sub {self.address} /less\n",
            "cat /head/a.txt /tag/a.txt /commit/b.txt /query/b.txt; ls -a /head /less; test -d /kept/.git && stat -c %Y /head/a.txt")
        self.assertEqual(
            out, "secondfirstbelowbelow/head:\n.\n..\na.txt\nsub\n\n/less:\n.\n..\na.txt\n1000000000\n")

    def test_the_commit_is_what_the_cache_knows(self):
        text = f"FROM busybox\nADD {self.address} /r\nRUN cat /r/a.txt\n"
        self.build(text)
        before = len(self.web.asked("/r.git/git-upload-pack"))
        self.assertEqual(self.build(text).err.count("CACHED"), 2)
        # Names were asked for, no files.
        self.assertLessEqual(len(self.web.asked("/r.git/git-upload-pack")) - before, 1)
        self.commit({"a.txt": "third"}, "three")
        self.push()
        self.assertEqual(self.build(text).err.count("CACHED"), 0)
        head = self.git("rev-parse", "HEAD").strip()
        self.build(f"FROM busybox\nADD --checksum={head} {self.address} /r\n")
        wrong = self.build(f"FROM busybox\nADD --checksum={'0' * 40} {self.address}#main /r\n", status=1)
        self.assertIn("expected checksum to match", wrong.err)

    def test_failures_and_a_missing_program(self):
        absent = self.build(f"FROM busybox\nADD {self.address}#nulle-part /r\n", status=1)
        self.assertIn("repository does not contain ref nulle-part", absent.err)
        self.assertIn("Dockerfile:2", absent.err)
        gone = self.build(f"FROM busybox\nADD {self.web.url}/none.git /r\n", status=1)
        self.assertIn("not found", gone.err)
        self.escale("daemon", "--stop")
        self.addCleanup(self.escale, "daemon", "--stop")
        without = self.build(f"FROM busybox\nADD {self.address} /r\n", status=1, env={"PATH": "/nowhere"})
        self.assertIn("need the git program", without.err)
        self.assertIn("apt-get install git", without.err)

    def test_a_token_reaches_the_server_and_nothing_else(self):
        token = "jeton-%s" % os.urandom(8).hex()
        word = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self.web.server.password = "basic " + word
        text = f"FROM busybox\nADD {self.address} /r\n"
        self.assertIn("git ls-remote", self.build(text, status=1).err)
        self.build(text, "--secret", "id=GIT_AUTH_TOKEN,env=JETON", "-t", "essai", env={"JETON": token})
        for secret in (token, word):
            found = subprocess.run(["grep", "-rlaF", "--devices=skip", secret, self.kit.root], capture_output=True, text=True).stdout
            self.assertEqual(found, "")

    def test_a_repository_as_context(self):
        self.commit({"Dockerfile": "FROM busybox\nCOPY a.txt /a\n", "sub/Dockerfile": "FROM busybox\nCOPY b.txt /b\n"}, "files")
        os.symlink("/etc", os.path.join(self.tree, "out"))
        self.commit({}, "link")
        self.push()
        self.escale("build", "-t", "essai", self.address)
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/a").out, "second")
        self.escale("build", "-t", "essai", f"{self.address}#main:sub")
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/b").out, "below")
        self.assertIn("no folder out", self.escale("build", f"{self.address}#main:out", status=1).err)
        led = self.escale("build", "-f", "out/passwd", self.address, status=1)
        self.assertIn("Cannot locate specified Dockerfile: out/passwd", led.err)
        docker = subprocess.run(
            ["curl", "-sS", "--unix-socket", self.kit.socket, "-X", "POST", f"http://d/build?remote={self.address}&t=essai"],
            capture_output=True, text=True)
        self.assertIn("Successfully tagged essai:latest", docker.stdout)


class Contexts(WebCase):
    def test_a_dockerfile_on_stdin(self):
        self.stdin_build(b"FROM busybox\nRUN echo seul > /s\n", "-t", "essai", "-")
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/s").out, "seul\n")
        self.file("f", "with")
        self.stdin_build(b"FROM busybox\nCOPY f /s\n", "-t", "essai", "-f", "-", self.folder)
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/s").out, "with")
        self.assertIn("can't use stdin for both", self.stdin_build(b"", "-f", "-", "-", status=1))

    def test_an_archive_on_stdin(self):
        for mode in ("w", "w:gz", "w:bz2", "w:xz"):
            with self.subTest(mode):
                data = self.tar({"Dockerfile": "FROM busybox\nCOPY f /f\n", "f": mode, "other": "FROM busybox\nRUN echo o > /f\n"}, mode)
                self.stdin_build(data, "-t", "essai", "-")
                self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/f").out, mode)
                self.stdin_build(data, "-t", "essai", "-f", "other", "-")
                self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/f").out, "o\n")

    def test_an_address_as_context(self):
        self.web.write("c.tgz", self.tar({"Dockerfile": "FROM busybox\nCOPY f /f\n", "f": "web"}))
        self.escale("build", "-t", "essai", f"{self.web.url}/c.tgz")
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/f").out, "web")
        self.web.write("Dockerfile", "FROM busybox\nRUN echo text > /f\n")
        self.escale("build", "-t", "essai", f"{self.web.url}/Dockerfile")
        self.assertEqual(self.escale("run", "--rm", "essai", "cat", "/f").out, "text\n")

    def test_named_contexts(self):
        self.file("other/f", "folder")
        self.file("other/skipped", "x")
        self.file("other/.dockerignore", "skipped\n")
        other = os.path.join(self.folder, "other")
        text = "FROM busybox AS base\nFROM base\nCOPY --from=extra . /e/\nRUN --mount=from=extra,target=/m cp /m/f /mounted\n"
        out = self.shown(text, "cat /e/f /mounted; ls /e", "--build-context", f"extra={other}")
        self.assertEqual(out, "folderfolderf\n")
        self.web.write("c.tgz", self.tar({"f": "web"}))
        out = self.shown(text, "cat /e/f", "--build-context", f"extra={self.web.url}/c.tgz")
        self.assertEqual(out, "web")
        self.build("FROM busybox\nRUN echo image > /f\n", "-t", "autre")
        out = self.shown(text, "cat /e/f", "--build-context", "extra=docker-image://autre")
        self.assertEqual(out, "image\n")

    def test_they_hide_images_and_stages(self):
        self.build("FROM busybox\nRUN echo replaced > /f\n", "-t", "autre")
        given = ("--build-context", "alpine=docker-image://autre")
        for name in ("alpine", "alpine:latest", "docker.io/library/alpine"):
            self.assertEqual(self.shown(f"FROM {name}\nENV A=b\n", "cat /f", *given), "replaced\n")
        text = "FROM busybox AS one\nRUN echo stage > /f\nFROM busybox\nCOPY --from=one /f /\n"
        self.assertEqual(self.shown(text, "cat /f"), "stage\n")
        self.file("other/f", "folder")
        self.assertEqual(self.shown(text, "cat /f", "--build-context", f"one={self.folder}/other"), "folder")

    def test_a_folder_to_begin_with(self):
        identity = self.escale("create", "busybox").out.strip()
        root = os.path.join(self.folder, "root")
        os.makedirs(root)
        tar = subprocess.run([ESCALE, "export", identity], env=self.kit.env, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", root], input=tar, check=True)
        out = self.shown("FROM rootfs\nRUN echo built > /b\n", "cat /b", "--build-context", f"rootfs={root}")
        self.assertEqual(out, "built\n")

    def test_an_oci_layout(self):
        self.build("FROM busybox\nRUN echo layout > /f\n", "-t", "autre:v1")
        self.escale("tag", "busybox", "before:1")
        archive, layout = os.path.join(self.folder, "a.tar"), os.path.join(self.folder, "layout")
        self.escale("save", "-o", archive, "autre:v1")
        os.makedirs(layout)
        subprocess.run(["tar", "-x", "-C", layout, "-f", archive], check=True)
        self.escale("rmi", "autre:v1")
        images = sorted(self.escale("images", "-q").out.split())
        for place in (layout, layout + ":v1"):
            out = self.shown("FROM base\nENV A=b\n", "cat /f", "--build-context", f"base=oci-layout://{place}")
            self.assertEqual(out, "layout\n")
            self.escale("rmi", "essai")
            # Nothing of it stays by itself, and it gave no name.
            self.assertEqual(sorted(self.escale("images", "-q").out.split()), images)
        wrong = self.build("FROM base\n", "--build-context", f"base=oci-layout://{layout}:v9", status=1)
        self.assertIn("no image v9", wrong.err)
