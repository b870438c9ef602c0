"""The command line over a world in memory: the real functions answer it, and the stand-in's accept log is the truth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from messente_rcs.messente.connections import Connections
from rcs_cli.command import World as Around
from rcs_cli.main import app
from rcs_cli.stack import Stack
from tests.standin.wires import Wires
from tests.support.fakes.account import FakeAccount
from tests.support.fakes.queues import Queues
from tests.support.forks import Ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rcs_cli.options import Place
    from tests.support.world import World


class Cli:
    """Runs commands. `sleeps` is what happens while a command waits.

    `answers` is what a user types at a terminal, and `piped` what comes through a pipe instead.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.queues = Queues(world.clock)
        world.sqs = self.queues
        self.account = FakeAccount(world, self.queues)
        self.sleeps: Callable[[float], None] = world.clock.advance
        self.answers: str | None = None
        self.piped: str | bytes | None = None
        self.places: list[Place] = []
        self.http: Connections | None = None
        self._folder = folder

    def __call__(self, *arguments: str) -> Ended:
        wires = Wires(self.world.messente, self.world.clock, lambda _: None)
        around = Around(
            find=self._find,
            sleep=self.sleeps,
            clock=self.world.clock,
            http=self.http or Connections(1, clock=self.world.clock, monotonic=self.world.clock, dial=wires),
            is_terminal=lambda: self.answers is not None,
        )
        given = self.piped or self.answers
        done = CliRunner().invoke(app, arguments, input=given, obj=around, catch_exceptions=False)
        return Ended(done.exit_code, done.stdout, done.stderr)

    def _find(self, place: Place) -> Stack:
        self.places.append(place)
        return Stack(self.account, self.account.description)

    def file(self, name: str, content: str | bytes) -> str:
        path = self._folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def queued(self) -> list[dict[str, Any]]:
        return [json.loads(each.body) for each in self.queues.messages.get(self.world.queue_url, [])]

    def dead(self) -> list[str]:
        """Read the bodies in the dead-letter queue; nobody else may hold one of them."""
        letters = self.queues.messages.get(self.world.dead_letter_queue_url, [])
        assert not any(each.hidden for each in letters)
        return [each.body for each in letters]


@pytest.fixture
def cli(world: World, tmp_path: Path) -> Cli:
    return Cli(world, tmp_path)
