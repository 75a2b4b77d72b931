"""One gateway a data directory: the lock, and the process id by which ``gateway reload`` finds it."""

import fcntl
import os
from pathlib import Path

from gateway.app.faults import CannotStart


def make_data_dir(data_dir: Path) -> None:
    """The folder for everything, for its owner alone; CannotStart where it cannot be made or written."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CannotStart(f"cannot make the data directory {data_dir.absolute()}: {reason}; see `data_dir`") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise CannotStart(
            f"cannot write into the data directory {data_dir.absolute()}; its owner must be who runs this"
        )


class AlreadyRunning(Exception):
    """One clear sentence."""


class Instance:
    """Holds ``gateway.pid`` under a lock as long as this process lives. The lock goes with the process, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        """AlreadyRunning where another gateway has the directory; OSError where the file cannot be made."""
        self._path = data_dir / "gateway.pid"
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise AlreadyRunning(
                    f"a gateway is running already with data in {data_dir} (process {holder}); "
                    "stop it first, or give this one another `data_dir`"
                ) from error
            if self._is_current(descriptor):
                break
            os.close(descriptor)  # its owner removed the file between our opening and locking it
        self._descriptor = descriptor
        self.after_crash = bool(os.read(descriptor, 32).strip())
        """Whether the gateway before this one did not end in good order."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """The last act of an orderly stop."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _is_current(self, descriptor: int) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(descriptor)
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)
