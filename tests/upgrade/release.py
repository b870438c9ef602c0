"""The release before this one, from the history of the repository."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from messente_rcs import __version__
from tests.local.build import Built
from tests.local.build import build as build_project
from tests.local.process import ROOT, NotReady

# The release before is the newest tag v* of the history that is not this version's, and this commit until there is one.
PINNED = "9f5401e40f1c15ec81018eb22bc5c9299a2ba6a4"


def before() -> str:
    """Name the commit of the release before; raises NotReady if this clone lacks it."""
    tags = git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    chosen = next((tag for tag in tags if tag != f"v{__version__}"), PINNED)
    try:
        return git("rev-parse", "--verify", "--quiet", f"{chosen}^{{commit}}").strip()
    except NotReady:
        shallow = git("rev-parse", "--is-shallow-repository").strip() == "true"
        remedy = "it is shallow: run `git fetch --unshallow --tags`" if shallow else "its history is another one"
        raise NotReady(f"this clone lacks {chosen}, the release before; {remedy}") from None


def build(commit: str, into: Path) -> Built:
    """Build a commit with its own Makefile."""
    with tempfile.TemporaryDirectory() as folder:
        git("archive", "--output", f"{folder}/source.tar", commit)
        shutil.unpack_archive(f"{folder}/source.tar", f"{folder}/source", filter="data")
        return build_project(into, Path(folder, "source"))


def git(*arguments: str) -> str:
    """Run git in this clone; raises NotReady with what it said."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise NotReady(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
