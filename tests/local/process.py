"""Processes of the local stack: none outlives us, each says what went wrong when it does not get ready."""

import os
import platform
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".cache" / "local"
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"

# Seconds. Whoever waits, waits for a state; this only ends a wait for what will never come. A busy machine stays far
# below, and so does a message that its queue hides for 180 s before it hands it out again.
PATIENCE = 600.0
EVERY = 2.0  # seconds between two signs of progress

_GUARD = Path(__file__).with_name("guard.py")


class NotReady(Exception):  # noqa: N818 - reads as what it is
    """Something local did not get ready, did not answer, or could not be made."""


def stop_at_signals() -> None:
    """Raise KeyboardInterrupt at Ctrl-C, at SIGTERM, and when the terminal is closed, but only once.

    What comes after the first signal is ignored, so that everything can be stopped in order: a supervisor's SIGTERM
    reaches us twice, because make passes it on.
    """

    def stop(*_: object) -> NoReturn:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    # A shell has what it starts in the background ignore Ctrl-C. What nohup starts goes on without its terminal.
    goes_on = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    numbers = [signal.SIGINT, signal.SIGTERM, *([] if goes_on else [signal.SIGHUP])]
    for each in numbers:
        signal.signal(each, stop)
    if sys.stdin.isatty() and not goes_on:
        threading.Thread(target=_hang_up, args=(sys.stdin.fileno(),), daemon=True).start()


def _hang_up(terminal: int) -> None:
    """Send ourselves SIGHUP when the terminal is closed: the kernel sends it to make, which keeps it for itself."""
    closed = select.poll()
    closed.register(terminal, 0)
    if any(event & select.POLLHUP for _, event in closed.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what begins, a dot every few seconds, and on the same line how long it took."""
    begin, over = time.monotonic(), threading.Event()

    def show() -> None:
        while not over.wait(EVERY):
            print(".", end="", flush=True)

    print(f"{what} ...", end="", flush=True)
    dots = threading.Thread(target=show, daemon=True)
    dots.start()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    finally:
        over.set()
        dots.join()
    print(f" {time.monotonic() - begin:.1f} s", flush=True)


def free_port() -> int:
    """Find a port of 127.0.0.1 that nothing listens on, and that nobody else is given for the next half minute or more.

    A port that was only bound and closed may be handed to any other process, for an outgoing connection too, before
    our server binds it. This one had a connection that its listener closed: the kernel remembers it (TIME_WAIT), hands
    it out to nobody, and lets a server that asks for it by its number have it.
    """
    with socket.socket() as listener, socket.socket() as client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client.connect(listener.getsockname())
        listener.accept()[0].close()
        return int(listener.getsockname()[1])


def refuse_used_ports(ports: Iterable[int], remedy: str) -> None:
    """Raise NotReady, with the remedy, if something listens on one of these ports of 127.0.0.1."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                raise NotReady(f"port {port} of 127.0.0.1 is in use or not allowed: {remedy}") from None


def forget_aws_settings() -> None:
    """Take the emulator's root user for the user's AWS account, profile and proxies: we only talk to 127.0.0.1."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def bare_environment(**variables: str) -> dict[str, str]:
    """Make an environment without anything of the user's but PATH, plus the given variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"} | variables


def poll[T](look: Callable[[], T | None], seconds: float, what: str, every: float = 0.05) -> T:
    """Look until there is a value that is not None; raises NotReady with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise NotReady(f"{what}: not within {seconds:g} s")
        time.sleep(every)
    return found


class Process:
    """A command that logs to a file and ends with us, even when we are killed; its `scratch` folder goes with it."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        folder: Path = ROOT,
        scratch: str = "",
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            # A session of its own: Ctrl-C reaches us alone, and we stop everything in order.
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARD), scratch, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for it to get ready; raises NotReady with the end of its log."""

        def look() -> bool | None:
            if self._guard.poll() is not None:
                last = self.log.read_text(errors="replace").splitlines()[-15:]
                raise NotReady("\n".join([f"{what} ended by itself:", *last]))
            return ready() or None

        try:
            poll(look, PATIENCE, what)
        except BaseException:
            self.stop()
            raise

    def wait(self) -> int:
        return self._guard.wait()

    def stop(self) -> None:
        """End it and everything that it started; more than once is fine."""
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()  # it asks, then kills, each with a limit of its own


def run(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it printed. It ends with us, with all that it started."""
    with tempfile.TemporaryDirectory(prefix="messente-rcs-run-") as scratch:
        process = Process([*map(str, command)], Path(scratch) / "log", {**environment, "TMPDIR": scratch}, folder)
        try:
            code = process.wait()
        finally:
            process.stop()
        return code, process.log.read_text(errors="replace")
