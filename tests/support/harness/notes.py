"""Real notes: what people wrote on this machine, in pieces of a few lines."""

import gzip
import re
import subprocess
from pathlib import Path

from harness.programs import SOURCE

SHORTEST, LONGEST = 40, 4000


def commit_messages():
    log = subprocess.run(["git", "-c", "safe.directory=*", "log", "--format=%B%x00"], cwd=SOURCE, capture_output=True)
    yield from log.stdout.decode(errors="replace").split("\0")


def read(path):
    try:
        data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError):
        return ""
    return data.decode(errors="replace") if b"\0" not in data else ""


def changelogs():
    for path in sorted(Path("/usr/share/doc").glob("*/changelog*")):
        yield from re.split(r"\n\s*\n(?=\S)", read(path))


def man_pages():
    for path in sorted(Path("/usr/share/man").glob("man[1-8]/*")):
        # Paragraphs, without the requests and escapes of roff.
        for part in re.split(r"\n\.(?:PP|P|LP|TP|IP|SH|SS|sp)\b.*", read(path)):
            yield re.sub(r"\\f.|\\&|^\.\w+ ?", "", part, flags=re.MULTILINE).replace("\\-", "-")


def documentation_of_python():
    """Where neither manuals nor changelogs are installed: what is written inside the standard library."""
    for path in sorted(Path("/usr/lib").glob("python3*/**/*.py")):
        yield from re.findall(r'"""(.*?)"""', read(path), re.DOTALL)


def paragraphs_of_the_project():
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in (".md", ".cpp", ".hpp", ".py", ".txt") and path.is_file():
            yield from re.split(r"\n\s*\n", read(path))


def real_notes(count):
    """This many different notes, from as many kinds of sources as there are. The same on each call."""
    found = {}
    sources = [commit_messages(), changelogs(), man_pages(), documentation_of_python(), paragraphs_of_the_project()]
    while sources and len(found) < count:
        for source in list(sources):  # in turns, so that no kind is left out
            piece = next(source, None)
            if piece is None:
                sources.remove(source)
                continue
            piece = piece.strip()[:LONGEST].strip()
            if len(piece) >= SHORTEST:
                found[piece] = None
    if len(found) < count:
        raise RuntimeError(f"this machine holds only {len(found)} notes, {count} are needed")
    return list(found)[:count]
