"""A registry of ours as a process, and the distribution protocol by hand."""
import base64
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import ssl
import subprocess
import tempfile

from kit import ESCALE, TOP

PEERS = os.path.join(TOP, "Tests", "peers")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    def __init__(self, *options, addr="127.0.0.1:0", root=None):
        self.root = root or tempfile.mkdtemp(prefix="esc-reg-", dir="/var/tmp")
        self.options, self.addr = options, addr
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [ESCALE, "registry", "serve", "--addr", self.addr, "--root", self.root, *self.options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if " on http" not in line:
            raise AssertionError(f"registry did not start: {line}{self.process.stderr.read()}")
        self.url = line.split()[-1]
        self.host = self.url.split("://")[1]
        # The same again after a restart.
        self.addr = self.host

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def close(self):
        if self.process.poll() is None:
            self.kill(signal.SIGTERM)
        shutil.rmtree(self.root, ignore_errors=True)

    def verb(self, *words, input=None):
        verb, *rest = words
        return subprocess.run(
            [ESCALE, "registry", verb, "--root", self.root, *rest], capture_output=True, text=True, input=input,
            timeout=60)

    def client(self, user=None, password=None, cafile=None):
        return Client(self, user, password, cafile)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["errors"][0]["code"]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:300]!r}"


class Client:
    def __init__(self, registry, user=None, password=None, cafile=None):
        if registry.url.startswith("https"):
            self.connection = http.client.HTTPSConnection(
                registry.host, timeout=20, context=ssl.create_default_context(cafile=cafile))
        else:
            self.connection = http.client.HTTPConnection(registry.host, timeout=20)
        self.headers = {}
        if user:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Authorization"] = "Basic " + pair

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, {**self.headers, **headers})
        return Answer(self.connection.getresponse())

    def begin(self, name):
        return self.ask("POST", f"/v2/{name}/blobs/uploads/").headers["Location"]

    def push_blob(self, name, data):
        answer = self.ask("PUT", self.begin(name) + "?digest=" + sha256(data), data)
        if answer.status != 201:
            raise AssertionError(answer)
        return {"mediaType": "application/octet-stream", "digest": sha256(data), "size": len(data)}

    def push_image(self, name, reference, layers=(b"layer",), **more):
        config = self.push_blob(name, json.dumps({"random": random.random()}).encode())
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
            "layers": [self.push_blob(name, layer) for layer in layers], **more}).encode()
        answer = self.ask("PUT", f"/v2/{name}/manifests/{reference or sha256(manifest)}", manifest,
                          Content_Type=MANIFEST)
        if answer.status != 201:
            raise AssertionError(answer)
        return manifest
