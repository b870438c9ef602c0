"""Which commit is the release before."""

from pathlib import Path

import pytest

from messente_rcs import __version__
from tests.local.process import ROOT, NotReady
from tests.upgrade.release import PINNED, before, git


def cloned(into: Path, *options: str) -> Path:
    """Clone this repository without its tags."""
    git("clone", "--quiet", "--no-tags", *options, f"file://{ROOT}", str(into))
    return into


def test_it_is_the_newest_tag_but_this_versions(tmp_path: Path) -> None:
    """Without a tag, it is the pinned commit."""
    clone = cloned(tmp_path / "clone")
    assert before(clone) == PINNED
    for tag, commit in {"v0.9.0": f"{PINNED}~2", "v0.10.0": f"{PINNED}~1", f"v{__version__}": "HEAD"}.items():
        git("tag", tag, commit, clone=clone)
    assert before(clone) == git("rev-parse", f"{PINNED}~1", clone=clone).strip()


def test_a_shallow_clone_says_so(tmp_path: Path) -> None:
    """Its history does not go back to the release before."""
    with pytest.raises(NotReady, match="git fetch --unshallow"):
        before(cloned(tmp_path / "clone", "--depth", "1"))
