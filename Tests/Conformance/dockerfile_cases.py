"""Each instruction and flag of the Dockerfile reference, as a build whose result can be compared.

`bb`, the base of most, is a busybox with the users root (0) and learner (1000) and the groups learner (1000) and extra (2000).
`podman` and `docker` say what is known of where they differ: why. None: they agree.
"""
import io
import tarfile
from dataclasses import dataclass, field


class Link(str):
    """A symbolic link to that."""


class Socket:
    """Of an agent, as far as that can be seen."""


class Folder(int):
    """An empty folder of that mode."""


@dataclass
class File:
    content: bytes = b""
    mode: int = 0o644


@dataclass
class Case:
    """`about`: its row in the table. `fails`: no image comes of it, whoever builds."""
    name: str
    about: str
    text: str
    files: dict = field(default_factory=dict)
    args: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    fails: bool = False
    podman: str = None
    docker: str = None


def tar(compression="", **files):
    """An archive with files of learner's (1000)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w" + (":" + compression if compression else "")) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo("in/" + name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o640, 1000, 1000
            archive.addfile(entry, io.BytesIO(content.encode()))
    return out.getvalue()


TREE = {"d/one": "1", "d/sub/two": File(b"2", 0o755), "d/sub/.hidden": "h", "e.txt": "e", "f.txt": "f"}
BUILDKIT = "BuildKit's alone"
NEWER = "newer than buildah 1.28"
CASES = []


def case(name, about, text, files=None, *args, **more):
    CASES.append(Case(name, about, text, files or {}, list(args), **more))


# Directives and lines

case("directive-escape", "`# escape=`", "# escape=`\nFROM bb\nRUN echo a`\n  b > /f\nENV P=c:\\\\d\n",
     podman='a backslash escapes in `ENV` all the same')
case("directive-syntax", "`# syntax=`", "# syntax=docker/dockerfile:1\nFROM bb\nENV A=1\n")
case("directive-check", "`# check=`", "# check=skip=all\nFROM bb\nENV A=1\n")
case("lines-comments", "comments and continuations",
     "# one\nFROM bb\nRUN echo a \\\n  # in between\n\n  b > /f && \\\n  echo '# kept' >> /f\n")
case("lines-case", "instructions in any case", "from bb\nenv A=1\nRun echo $A > /f\n")
case("lines-unknown", "an unknown instruction", "FROM bb\nINSTALL x\n", fails=True)
case("lines-no-from", "a file without `FROM`", "RUN true\n", fails=True)

# Variables

case("var-forms", "`$x ${x} ${x:-y} ${x:+y}`",
     "FROM bb\nENV a=1 empty=\nENV b=$a c=${a}x d=${none:-y} e=${none-z} f=${a:+set} g=${empty:-w} h=${empty+is} i=\\$a j='$a'\n",
     podman='`${x-y}` and `${x+y}` are newer', docker='`${x-y}` and `${x+y}` are newer')
case("var-patterns", "`${x#p} ${x##p} ${x%p} ${x%%p} ${x/p/r} ${x//p/r}`",
     "FROM bb\nENV a=foo.bar.baz\nENV b=${a#*.} c=${a##*.} d=${a%.*} e=${a%%.*} f=${a/bar/x} g=${a//ba/y}\n",
     podman=NEWER, docker=NEWER)
case("var-required", "`${x:?message}`", "FROM bb\nENV a=${none:?must be set}\n", fails=True)
case("var-one-instruction", "values of the same instruction count from the next on", "FROM bb\nENV a=1\nENV a=2 b=$a\nENV c=$a\n")
case("var-places", "variables in every instruction that takes them",
     "FROM bb\nARG v=val\nENV p=8080 d=/dir\nWORKDIR $d/$v\nCOPY $v.txt ./\nADD ${v}.txt $d/added\nEXPOSE $p\nLABEL l=$v\n"
     "USER ${v:+1000}\nVOLUME /$v\nSTOPSIGNAL SIG${none:-INT}\nRUN echo $v > /tmp/f\nCMD [\"echo\", \"$v\"]\n", {"val.txt": "v"},
     podman='a later `RUN` leaves the folder of a volume in the image', docker='as podman')

# FROM

case("from-as", "`FROM … AS`", "FROM bb AS one\nRUN echo 1 > /f\nFROM one AS two\nRUN echo 2 >> /f\nENV A=2\nFROM two\n")
case("from-arg", "`ARG` before `FROM`", "ARG base=bb\nARG v=1\nFROM ${base}\nARG v\nRUN echo \"$v\" > /f\n")
case("from-scratch", "`FROM scratch`", "FROM scratch\nCOPY e.txt /\nENV A=1\n", TREE)
case("from-platform", "`FROM --platform`", "FROM --platform=$BUILDPLATFORM bb AS b\nRUN echo x > /f\nFROM --platform=linux/amd64 bb\nCOPY --from=b /f /f\n", docker="platform arguments are BuildKit's")
case("from-missing-stage", "`--target` of no stage", "FROM bb\n", None, "--target", "none", fails=True)
case("target", "`--target`", "FROM bb AS one\nENV A=1\nFROM bb AS two\nENV A=2\n", None, "--target", "one")
case("unneeded", "stages that the target needs not are skipped", "FROM bb AS bad\nRUN false\nFROM bb\nENV A=1\n", docker='builds every stage')

# ARG

case("arg-default", "`ARG` with a default, `--build-arg`", "FROM bb\nARG a=1\nARG b=2\nARG c\nRUN echo $a $b $c > /f\n", None,
     "--build-arg", "b=x", "--build-arg", "c=y")
case("arg-scope", "`ARG` holds for its stage", "FROM bb AS o\nARG a=1\nFROM bb\nRUN echo \"[$a]\" > /f\n")
case("arg-env", "`ENV` wins over `ARG`", "FROM bb\nARG a=1\nENV a=2\nRUN echo $a > /f\n", None, "--build-arg", "a=3")
case("arg-env-before", "`ENV` wins over an `ARG` after it", "FROM bb\nENV a=2\nARG a=1\nRUN echo $a > /f\nLABEL l=$a\n")
case("arg-several", "several `ARG`s on one line", "FROM bb\nARG a=1 b=2\nRUN echo $a $b > /f\n")
case("arg-predefined", "`HTTP_PROXY` and its kin without `ARG`", "FROM bb\nRUN echo $HTTP_PROXY > /f\n", None, "--build-arg", "HTTP_PROXY=http://p")
case("arg-platform", "`TARGETPLATFORM` and its kin", "FROM bb\nARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG BUILDPLATFORM\n"
     "RUN echo $TARGETPLATFORM $TARGETOS $TARGETARCH $BUILDPLATFORM > /f\n", docker="platform arguments are BuildKit's")
case("arg-unused", "a `--build-arg` that nobody declares", "FROM bb\nENV A=1\n", None, "--build-arg", "none=1")

# RUN

case("run-shell", "`RUN` in shell form", "FROM bb\nENV A=x\nRUN echo \"$A\" && mkdir /d && echo $A > /d/f\n")
case("run-exec", "`RUN` in exec form", "FROM bb\nRUN [\"touch\", \"/$HOME\", \"/a b\"]\n")
case("run-heredoc", "`RUN <<EOF`", "FROM bb\nRUN <<EOF\necho a > /f\necho b >> /f\nEOF\n",
     podman=NEWER, docker=BUILDKIT)
case("run-heredoc-shebang", "`RUN <<EOF` with `#!`", "FROM bb\nRUN <<EOF\n#!/bin/sh\necho $0 | wc -l > /f\nEOF\n",
     podman=NEWER, docker=BUILDKIT)
case("run-heredoc-input", "`RUN cmd <<EOF`", "FROM bb\nRUN cat <<EOF > /f\nhi\nEOF\n",
     podman=NEWER, docker=BUILDKIT)
case("run-removes", "files that a `RUN` removes", "FROM bb\nRUN rm -r /etc/group && rm /bin/ls && mkdir /var/x\nRUN rm -r /var/x\n")
case("run-opaque", "a folder made anew", "FROM bb\nRUN mkdir /d && touch /d/a /d/b\nRUN rm -r /d && mkdir /d && touch /d/c\n")
case("run-kinds", "links, nodes, set-uid, sticky", "FROM bb\nRUN ln -s x /l && mkfifo /p && cp /bin/busybox /su && chmod 4755 /su && mkdir -m 1777 /t && ln /su /su2\n")
case("run-umask", "the umask of a step", "FROM bb\nRUN touch /f && mkdir /d\nUSER learner\nRUN touch /tmp/g\n")
case("run-environment", "what a step finds in its environment", "FROM bb\nENV A=1\nRUN env | grep -v -e HOSTNAME -e PWD -e container | sort > /f\n")
case("run-user-home", "`HOME` of a step's user", "FROM bb\nUSER learner\nRUN echo $HOME $(id -u) $(id -G) > /tmp/f\n")
case("run-fails", "a step that fails", "FROM bb\nRUN exit 3\n", fails=True)
case("run-network-none", "`RUN --network=none`", "FROM bb\nRUN --network=none ls /sys/class/net > /f\n",
     podman=NEWER, docker=BUILDKIT)
case("run-network-host", "`RUN --network=host`", "FROM bb\nRUN --network=host echo x > /f\n",
     podman=NEWER, docker=BUILDKIT)
case("run-security", "`RUN --security=sandbox`", "FROM bb\nRUN --security=sandbox echo x > /f\n",
     podman=NEWER, docker=BUILDKIT)
case("run-bind", "`RUN --mount=type=bind`", "FROM bb\nRUN --mount=type=bind,target=/c cat /c/e.txt > /f\n", TREE, docker=BUILDKIT)
case("run-bind-default", "`RUN --mount` without a type", "FROM bb\nRUN --mount=target=/c,source=d cat /c/one > /f\n", TREE, docker=BUILDKIT)
case("run-bind-from", "`RUN --mount=type=bind,from=`", "FROM bb AS s\nRUN mkdir /o && echo s > /o/f\nFROM bb\n"
     "RUN --mount=type=bind,from=s,source=/o,target=/i cat /i/f > /f\n", docker=BUILDKIT)
case("run-bind-rw", "`RUN --mount=type=bind,rw`", "FROM bb\nRUN --mount=type=bind,target=/c,rw touch /c/new && ls /c > /f\n", {"e.txt": "e"}, docker=BUILDKIT)
case("run-bind-ro", "a bind mount is read-only", "FROM bb\nRUN --mount=type=bind,target=/c touch /c/new\n", TREE, fails=True)
case("run-cache", "`RUN --mount=type=cache`", "FROM bb\nRUN --mount=type=cache,target=/c,id=conf echo 1 >> /c/n\n"
     "RUN --mount=type=cache,target=/c,id=conf wc -l < /c/n | wc -l > /f\n", docker=BUILDKIT)
case("run-cache-owner", "`RUN --mount=type=cache,uid=,gid=,mode=`", "FROM bb\nRUN --mount=type=cache,target=/c,id=own,uid=1000,gid=2000,mode=0750 stat -c '%u %g %a' /c > /f\n", docker=BUILDKIT)
case("run-tmpfs", "`RUN --mount=type=tmpfs`", "FROM bb\nRUN --mount=type=tmpfs,target=/t stat -f -c %T /t > /f && touch /t/x\n", docker=BUILDKIT)
case("run-secret", "`RUN --mount=type=secret`", "FROM bb\nRUN --mount=type=secret,id=s wc -c < /run/secrets/s > /f\n", {"../s": "word"},
     "--secret", "id=s,src=@/s", docker=BUILDKIT)
case("run-secret-target", "`…,target=,mode=,uid=,gid=`", "FROM bb\nRUN --mount=type=secret,id=s,target=/k,mode=0440,uid=1000,gid=2000 stat -c '%u %g %a' /k > /f\n",
     {"../s": "word"}, "--secret", "id=s,src=@/s", docker=BUILDKIT)
case("run-secret-env", "`RUN --mount=type=secret,env=`", "FROM bb\nRUN --mount=type=secret,id=s,env=S echo ${#S} > /f\n", {"../s": "word"},
     "--secret", "id=s,src=@/s",
     podman=NEWER, docker=BUILDKIT)
case("run-secret-required", "`…,required`", "FROM bb\nRUN --mount=type=secret,id=none,required true\n", fails=True)
case("run-secret-absent", "a secret that is not given", "FROM bb\nRUN --mount=type=secret,id=none echo x > /f\n", docker=BUILDKIT)

case("run-ssh", "`RUN --mount=type=ssh`", "FROM bb\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && echo $SSH_AUTH_SOCK > /f\n", {"../agent": Socket()},
     "--ssh", "default=@/agent", docker=BUILDKIT)

# CMD, ENTRYPOINT, SHELL

case("cmd-exec", "`CMD` in exec form", "FROM bb\nCMD [\"a\", \"b c\"]\n")
case("cmd-shell", "`CMD` in shell form", "FROM bb\nCMD echo a  b\n")
case("cmd-last", "the last `CMD` counts", "FROM bb\nCMD [\"a\"]\nCMD [\"b\"]\n")
case("entrypoint-exec", "`ENTRYPOINT` in exec form", "FROM bb\nENTRYPOINT [\"a\", \"b\"]\nCMD [\"c\"]\n")
case("entrypoint-shell", "`ENTRYPOINT` in shell form", "FROM bb\nENTRYPOINT exec top -b\n")
case("entrypoint-resets", "`ENTRYPOINT` resets the base's `CMD`", "FROM bb\nENTRYPOINT [\"a\"]\n")
case("cmd-before", "`CMD` before `ENTRYPOINT` stays", "FROM bb\nCMD [\"c\"]\nENTRYPOINT [\"a\"]\n")
case("entrypoint-empty", "`ENTRYPOINT []`", "FROM bb AS o\nENTRYPOINT [\"a\"]\nFROM o\nENTRYPOINT []\nCMD [\"x\"]\n")
case("shell", "`SHELL`", "FROM bb\nSHELL [\"/bin/sh\", \"-exc\"]\nRUN echo $- > /f\nCMD hi\n",
     podman='`SHELL` does not count for `CMD`')
case("shell-not-json", "`SHELL` not in JSON", "FROM bb\nSHELL /bin/sh\n", fails=True)

# The configuration

case("env", "`ENV`", "FROM bb\nENV A=1 B=\"two words\" C=a\\ b\nENV OLD form of old\nENV A=3\n")
case("label", "`LABEL`", "FROM bb\nLABEL a=1 \"b c\"=\"d e\" f='g \"h\"'\nLABEL multi=\"a \\\nb\"\nLABEL a=2\n")
case("label-option", "`--label`", "FROM bb\nLABEL a=1\n", None, "--label", "b=2")
case("maintainer", "`MAINTAINER`", "FROM bb\nMAINTAINER someone <s@example.org>\n")
case("expose", "`EXPOSE`", "FROM bb\nEXPOSE 80 53/udp 8000-8002\nEXPOSE 80/tcp\n",
     podman='a range is kept as it is written')
case("user-name", "`USER` by name", "FROM bb\nUSER learner:extra\nRUN id -u > /tmp/u; id -g >> /tmp/u\n")
case("user-number", "`USER` by number", "FROM bb\nUSER 7:8\nRUN id -u > /tmp/u; id -g >> /tmp/u\n")
case("user-unknown", "`USER` that is not there", "FROM bb\nUSER nobody-there\nRUN true\n", fails=True)
case("workdir", "`WORKDIR`", "FROM bb\nWORKDIR /a\nWORKDIR b/../c\nRUN pwd > f\nWORKDIR /tmp\n")
case("workdir-owner", "`WORKDIR` belongs to root", "FROM bb\nUSER learner\nWORKDIR /made\n",
     podman='the folder is made by a later `RUN` alone')
case("workdir-variables", "`WORKDIR` with variables", "FROM bb\nENV D=/x\nWORKDIR $D/${none:-y}\n",
     podman='as `workdir-owner`')
case("volume", "`VOLUME`", "FROM bb\nVOLUME /a /b\nVOLUME [\"/c d\"]\n")
case("volume-changes", "changes below a `VOLUME`", "FROM bb\nRUN mkdir /v && echo 1 > /v/one\nVOLUME /v\nRUN echo 2 > /v/two\nCOPY e.txt /v/\n", TREE,
     podman='what a `RUN` changes there is lost, as the reference says of the classic builder; BuildKit and ours keep it', docker='as podman')
case("stopsignal", "`STOPSIGNAL`", "FROM bb\nSTOPSIGNAL SIGUSR1\n")
case("stopsignal-number", "`STOPSIGNAL` by number", "FROM bb\nSTOPSIGNAL 9\n")
case("stopsignal-unknown", "`STOPSIGNAL` that is none", "FROM bb\nSTOPSIGNAL SIGNOTHING\n", fails=True)
case("healthcheck", "`HEALTHCHECK` and its options", "FROM bb\nHEALTHCHECK --interval=5s --timeout=3s --start-period=1m --retries=2 CMD wget -q localhost || exit 1\n")
case("healthcheck-exec", "`HEALTHCHECK CMD [ ]`", "FROM bb\nHEALTHCHECK CMD [\"true\", \"x\"]\n")
case("healthcheck-none", "`HEALTHCHECK NONE`", "FROM bb AS o\nHEALTHCHECK CMD true\nFROM o\nHEALTHCHECK NONE\n")
case("healthcheck-start-interval", "`HEALTHCHECK --start-interval`", "FROM bb\nHEALTHCHECK --start-interval=2s CMD true\n",
     podman=NEWER, docker=BUILDKIT)
case("onbuild", "`ONBUILD`", "FROM bb\nONBUILD COPY e.txt /e\nONBUILD RUN echo t > /t\n")
case("onbuild-run", "`ONBUILD` in the stage built on it", "FROM bb AS parent\nONBUILD RUN echo t > /t\nONBUILD ENV T=1\nFROM parent\nRUN cat /t > /u\n")
case("onbuild-onbuild", "`ONBUILD ONBUILD`", "FROM bb\nONBUILD ONBUILD RUN true\n", fails=True)
case("onbuild-from", "`ONBUILD FROM`", "FROM bb\nONBUILD FROM bb\n", fails=True)

# COPY

case("copy-file", "`COPY` of a file", "FROM bb\nCOPY e.txt /new\nCOPY e.txt /dir/\nCOPY e.txt f.txt /both/\n", TREE)
case("copy-folder", "`COPY` of a folder: its content", "FROM bb\nCOPY d /x\nCOPY d/ /y/\n", TREE)
case("copy-all", "`COPY .`", "FROM bb\nCOPY . /c\n", TREE)
case("copy-wildcard", "`COPY` with wildcards", "FROM bb\nCOPY *.txt /t/\nCOPY d/s?b /s/\nCOPY [ef].txt /r/\n", TREE)
case("copy-json", "`COPY [ ]`", "FROM bb\nCOPY [\"a b\", \"/x y/\"]\n", {"a b": "1"})
case("copy-relative", "`COPY` to a path below `WORKDIR`", "FROM bb\nWORKDIR /w\nCOPY e.txt sub/\nCOPY e.txt .\nCOPY d ./\n", TREE)
case("copy-merge", "`COPY` into a folder that is there", "FROM bb\nRUN mkdir -p /x/sub && echo old > /x/sub/two && echo stays > /x/stays && chmod 700 /x\nCOPY d /x\n", TREE)
case("copy-modes", "`COPY` keeps modes, root owns", "FROM bb\nUSER learner\nCOPY run /r\nCOPY d /d\n", {"run": File(b"x", 0o4711), "d/f": File(b"", 0o600)},
     podman='`chown` after `chmod` takes set-uid away', docker='as podman')
case("copy-links", "`COPY` of links", "FROM bb\nCOPY l /followed\nCOPY d /d\n", {"e": "e", "l": Link("e"), "d/l": Link("../e"), "d/abs": Link("/etc/passwd")})
case("copy-through-link", "`COPY` to a link in the image", "FROM bb\nRUN mkdir /real && ln -s /real /link && ln -s real /rel\nCOPY e.txt /link/\nCOPY f.txt /rel/x/\n", TREE)
case("copy-replace", "`COPY` of a file onto a file", "FROM bb\nRUN mkdir /o && echo long content > /o/f && chown 7 /o/f\nCOPY e.txt /o/f\n", TREE)
case("copy-folder-onto-file", "`COPY` of a folder onto a file", "FROM bb\nRUN touch /x\nCOPY d /x\n", TREE, fails=True)
case("copy-several-no-slash", "`COPY` of several to what is no folder", "FROM bb\nCOPY e.txt f.txt /x\n", TREE, fails=True,
     podman='takes it for a folder')
case("copy-missing", "`COPY` of what is not there", "FROM bb\nCOPY none /x\n", TREE, fails=True)
case("copy-outside", "`COPY ../`", "FROM bb\nCOPY ../../../../../../../../../../etc/hostname /x\n", TREE, fails=True)
case("copy-folder-modes", "modes and owners of copied folders", "FROM bb\nCOPY d /x\nRUN mkdir -p /y/sub && chmod 711 /y && chmod 777 /y/sub && chown 7 /y /y/sub\n"
     "COPY d /y\nCOPY --chown=7:8 d /z/z\n", {"d/": Folder(0o700), "d/sub/": Folder(0o750), "d/sub/f": ""}, docker='`--chown` leaves folders above the destination to root')
case("copy-folder-from-modes", "the same from a stage", "FROM bb AS s\nRUN mkdir -p /d/sub && touch /d/sub/f && chmod 700 /d && chown -R 5:6 /d\nFROM bb\n"
     "COPY --from=s /d /x\nCOPY --from=s /d /y/\nCOPY --from=s --chown=7:8 /d /z\n")
case("copy-from-kinds", "links and nodes from a stage", "FROM bb AS s\nRUN mkdir /d && cd /d && touch a && ln a b && ln -s a l && chmod 1777 /d\nFROM bb\nCOPY --from=s /d /d\n")
case("copy-empty-folder", "`COPY` of an empty folder", "FROM bb\nCOPY d /x\n", {"d/": Folder(0o755)})
case("copy-from-stage", "`COPY --from=stage`", "FROM bb AS s\nRUN mkdir /o && echo 1 > /o/f && chown -R 7:8 /o && chmod 640 /o/f && ln -s f /o/l\nFROM bb\nCOPY --from=s /o /o\nCOPY --from=s /o/f /g\n")
case("copy-from-number", "`COPY --from=0`", "FROM bb\nRUN echo 1 > /f\nFROM bb\nCOPY --from=0 /f /g\n")
case("copy-from-image", "`COPY --from=image`", "FROM scratch\nCOPY --from=bb /etc/passwd /etc/group /\n")
case("copy-chown", "`COPY --chown`", "FROM bb\nCOPY --chown=learner:extra e.txt /a\nCOPY --chown=7 e.txt /b\nCOPY --chown=7:8 d /d\nCOPY --chown=learner e.txt /new/dir/\n", TREE)
case("copy-chown-unknown", "`COPY --chown` of nobody", "FROM bb\nCOPY --chown=nobody-there e.txt /a\n", TREE, fails=True)
case("copy-chmod", "`COPY --chmod`", "FROM bb\nCOPY --chmod=755 e.txt /a\nCOPY --chmod=0640 d /d\n", TREE, docker=BUILDKIT)
case("copy-chmod-words", "`COPY --chmod=u+x,go=`", "FROM bb\nCOPY --chmod=u+x,go= e.txt /a\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("copy-link", "`COPY --link`", "FROM bb\nCOPY --link e.txt /l/\nCOPY --link --chown=7:8 d /d\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("copy-parents", "`COPY --parents`", "FROM bb\nCOPY --parents d/sub/two e.txt /p/\nCOPY --parents ./d/./sub /q/\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("copy-exclude", "`COPY --exclude`", "FROM bb\nCOPY --exclude=*.txt --exclude=**/two . /x\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("copy-heredoc", "`COPY <<EOF`", "FROM bb\nENV A=x\nCOPY <<EOF <<'TWO' /d/\na $A\nEOF\nb $A\nTWO\nCOPY --chmod=700 <<-END /s\n\techo\nEND\n",
     podman=NEWER, docker=BUILDKIT)

# ADD

case("add-file", "`ADD` of files and folders", "FROM bb\nADD e.txt /new\nADD d /x\n", TREE)
case("add-tar", "`ADD` unpacks archives", "FROM bb\nADD a.tar /a\nADD b.tgz c.tar.xz d.tar.bz2 /b/\n",
     {"a.tar": File(tar(x="1")), "b.tgz": File(tar("gz", y="2")), "c.tar.xz": File(tar("xz", z="3")), "d.tar.bz2": File(tar("bz2", w="4"))})
case("add-tar-chown", "`ADD --chown` of an archive", "FROM bb\nADD --chown=7:8 a.tar /a\n", {"a.tar": File(tar(x="1"))},
     podman='`--chown` does not reach into archives; with BuildKit it does', docker='as podman')
case("add-not-tar", "`ADD` of what only looks so", "FROM bb\nADD a.tar /a/\nADD b.gz /a/\n", {"a.tar": "no tar", "b.gz": File(bytes.fromhex("1f8b080000000000000303000000000000000000"))})
case("add-flags", "`ADD --chown --chmod`", "FROM bb\nADD --chown=7:8 --chmod=600 e.txt /a\n", TREE, docker="`--chmod` is BuildKit's")
case("add-link", "`ADD --link`", "FROM bb\nADD --link e.txt /l/\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("add-exclude", "`ADD --exclude`", "FROM bb\nADD --exclude=two d /x\n", TREE,
     podman=NEWER, docker=BUILDKIT)
case("add-unpack", "`ADD --unpack=false`", "FROM bb\nADD --unpack=false a.tar /a/\n", {"a.tar": File(tar(x="1"))},
     podman=NEWER, docker=BUILDKIT)
case("add-url", "`ADD` of a URL", "FROM bb\nADD @URL/served.txt /s\nADD @URL/served.txt /d/\n")
case("add-url-archive", "`ADD` of a URL leaves archives", "FROM bb\nADD @URL/served.tar /d/\n")
case("add-checksum", "`ADD --checksum`", "FROM bb\nADD --checksum=sha256:@SUM @URL/served.txt /s\n",
     podman=NEWER, docker=BUILDKIT)
case("add-checksum-wrong", "`ADD --checksum` of something else", "FROM bb\nADD --checksum=sha256:" + "0" * 64 + " @URL/served.txt /s\n", fails=True)

# .dockerignore and other options

case("ignore", "`.dockerignore`", "FROM bb\nCOPY . /c\n",
     {**TREE, ".dockerignore": "# comment\n*.txt\n!f.txt\nd/sub\n**/x?\n", "x1": "", "deep/x2": "", "deep/yy": ""})
case("ignore-own", "`NAME.dockerignore`", "FROM bb\nCOPY . /c\n", {**TREE, "Dockerfile.dockerignore": "d\n*ocker*\n", ".dockerignore": "e.txt\n"}, docker=BUILDKIT)
case("ignore-hides", "`COPY` of an ignored file", "FROM bb\nCOPY e.txt /\n", {**TREE, ".dockerignore": "e.txt\n"}, fails=True)
case("ignore-back", "`!` below an ignored folder", "FROM bb\nCOPY . /c\n", {**TREE, ".dockerignore": "d\n!d/sub/two\nDockerfile\n"})
case("add-host", "`--add-host`", "FROM bb\nRUN grep -c named /etc/hosts > /f\n", None, "--add-host", "named:10.1.2.3")
case("network-option", "`--network none`", "FROM bb\nRUN ls /sys/class/net > /f\n", None, "--network", "none")
case("build-context", "`--build-context`", "FROM bb\nCOPY --from=more g /g\n", {"../more/g": "g"}, "--build-context", "more=@/more",
     podman="keeps the owners of the user's folder", docker=BUILDKIT)
