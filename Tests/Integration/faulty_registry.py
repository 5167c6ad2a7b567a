"""Registries for tests: Debian's docker-registry, and a proxy before one that breaks what it carries."""
import gzip
import hashlib
import http.client
import http.server
import io
import json
import os
import random
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time

from kit import TOP

PEERS = os.path.join(TOP, "Tests", "peers")


def peer(name, *words, **more):
    """A peer's program run to its end."""
    return subprocess.run([PEERS, name, "--", *map(str, words)], capture_output=True, text=True, timeout=120, **more)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class DockerRegistry:
    """docker-registry on a loopback port, with TLS or a user where asked."""

    def __init__(self, tls=False, user=None, password=None):
        self.folder = tempfile.mkdtemp(prefix="reg-", dir="/var/tmp")
        self.port = free_port()
        self.host = f"localhost:{self.port}"
        http_section = {"addr": f"127.0.0.1:{self.port}"}
        self.certificate = os.path.join(self.folder, "ca.crt")
        if tls:
            key = os.path.join(self.folder, "key.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
                check=True, capture_output=True)
            http_section["tls"] = {"certificate": self.certificate, "key": key}
        config = {
            "version": 0.1, "http": http_section,
            "storage": {"filesystem": {"rootdirectory": os.path.join(self.folder, "data")}}}
        if user:
            htpasswd = os.path.join(self.folder, "htpasswd")
            made = subprocess.run([PEERS, "htpasswd", "--", "htpasswd", "-nbB", user, password],
                                  check=True, capture_output=True, text=True)
            open(htpasswd, "w").write(made.stdout)
            config["auth"] = {"htpasswd": {"realm": "atelier", "path": htpasswd}}
        path = os.path.join(self.folder, "config.yml")
        # JSON is YAML.
        json.dump(config, open(path, "w"))
        self.log = os.path.join(self.folder, "log")
        self.process = subprocess.Popen(
            [PEERS, "docker-registry", "--", "docker-registry", "serve", path],
            stdout=open(self.log, "w"), stderr=subprocess.STDOUT)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("docker-registry did not start: " + open(self.log).read())

    def requests(self):
        """Method, path and status of what was asked so far."""
        found = []
        for line in open(self.log):
            part = line.split('"')
            if line.startswith("127.0.0.1 ") and len(part) > 2:
                method, path, _ = part[1].split()
                found.append((method, path, int(part[2].split()[0])))
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class FaultProxy:
    """Passes everything to a registry, except what `fault` spoils: it gets method, path and how often this very
    request came before, and names a fault or None."""

    def __init__(self, upstream_port, fault=lambda method, path, times: None):
        self.fault = fault
        self.counts = {}
        self.ranges = []
        self.reached = threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def carry(self):
                path = self.path.split("?")[0]
                key = (self.command, path)
                times = proxy.counts.get(key, 0)
                proxy.counts[key] = times + 1
                if self.headers.get("Range"):
                    proxy.ranges.append(self.headers["Range"])
                fault = proxy.fault(self.command, path, times)
                length = int(self.headers.get("Content-Length") or 0)
                if fault == "cut-upload":
                    # The registry gets half of it, as after a broken line.
                    half = self.rfile.read(length // 2)
                    proxy.half_upload(upstream_port, self, half, length)
                    return self.cut()
                body = self.rfile.read(length)
                if isinstance(fault, int):
                    self.send_response(fault)
                    self.send_header("Retry-After", "0")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", upstream_port)
                upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                data = answer.read()
                if fault == "wrong":
                    data = bytes(b ^ 1 for b in data[:100]) + data[100:]
                if fault == "short":
                    data = data[:len(data) // 2]
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                size = answer.getheader("Content-Length") if self.command == "HEAD" else len(data)
                self.send_header("Content-Length", str(size or 0))
                self.end_headers()
                if self.command == "HEAD":
                    return
                if fault == "cut":
                    self.wfile.write(data[:len(data) // 2])
                    self.wfile.flush()
                    return self.cut()
                if fault == "slow":
                    step = max(1, len(data) // 50)
                    for at in range(0, len(data), step):
                        self.wfile.write(data[at:at + step])
                        self.wfile.flush()
                        proxy.reached.set()
                        time.sleep(0.01)
                    return
                self.wfile.write(data)

            def cut(self):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = carry

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                # A client that is killed leaves in the middle.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.host = f"localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def half_upload(port, handler, half, length):
        with socket.create_connection(("127.0.0.1", port)) as s:
            head = f"{handler.command} {handler.path} HTTP/1.1\r\n"
            head += "".join(f"{n}: {v}\r\n" for n, v in handler.headers.items())
            s.sendall(head.encode() + b"\r\n" + half)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def make_layout(folder, layers, platforms=("amd64",), seed=1):
    """An OCI layout with an image for each platform under the name `t`; layers of so many random bytes."""
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs)

    def add(data, media):
        digest = hashlib.sha256(data).hexdigest()
        open(os.path.join(blobs, digest), "wb").write(data)
        return {"mediaType": "application/vnd.oci.image." + media, "digest": "sha256:" + digest, "size": len(data)}

    rng = random.Random(seed)
    manifests = []
    for arch in platforms:
        descriptors, diffs = [], []
        for i, size in enumerate(layers):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w") as tar:
                info = tarfile.TarInfo(f"data/{arch}-{i}")
                info.size = size
                tar.addfile(info, io.BytesIO(rng.randbytes(size)))
            diffs.append("sha256:" + hashlib.sha256(out.getvalue()).hexdigest())
            descriptors.append(add(gzip.compress(out.getvalue(), 1, mtime=0), "layer.v1.tar+gzip"))
        config = {"architecture": arch, "os": "linux", "config": {"Cmd": ["/bin/true"]},
                  "rootfs": {"type": "layers", "diff_ids": diffs}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": add(json.dumps(config).encode(), "config.v1+json"), "layers": descriptors}
        # Two spaces: bytes that only a byte-exact copy keeps.
        entry = add(json.dumps(manifest, indent=2).encode(), "manifest.v1+json")
        manifests.append(dict(entry, platform={"architecture": arch, "os": "linux"}))
    top = manifests[0]
    if len(manifests) > 1:
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
        top = add(json.dumps(index, indent=2).encode(), "index.v1+json")
    entry = dict(top, annotations={"org.opencontainers.image.ref.name": "t"})
    entry.pop("platform", None)
    json.dump({"schemaVersion": 2, "manifests": [entry]}, open(os.path.join(folder, "index.json"), "w"))
    open(os.path.join(folder, "oci-layout"), "w").write('{"imageLayoutVersion":"1.0.0"}')
    return top["digest"]


def skopeo_copy(source, target, *flags):
    flags = flags or ("--all", "--preserve-digests")
    done = peer("skopeo", "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", *flags, source, target)
    if done.returncode:
        raise AssertionError(f"skopeo copy {source} {target}: {done.stderr}")


def store_problems(root):
    """Blobs of a kit's store that are not what their names say."""
    folder = os.path.join(root, "images", "blobs", "sha256")
    bad = []
    for name in os.listdir(folder):
        data = open(os.path.join(folder, name), "rb").read()
        if hashlib.sha256(data).hexdigest() != name:
            bad.append(name)
    return bad
