"""Where the files of a training run are kept: a local folder, or an object store that a local one stands for.

What is trained is written to the local folder. Beside an address it is copied there, and fetched back where
the local folder has nothing of it: on another machine, or after this one was lost. A checkpoint is copied
under a name of its own, and counts once the pointer names it, so that one of the two last is always whole.
"""

import hashlib
import json
import posixpath
import shutil
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from multilingual.language_models.cache import cache_folder
from multilingual.language_models.tuning.run import CHECKPOINT, LOG

_POINTER = "checkpoint.json"


class Storage:
    """The files of the run at `address`, a path or a URL; `folder` is where they lie here.

    Making one reads and writes nothing. Raises ValueError where the address is none; what goes wrong later is
    an OSError.
    """

    def __init__(self, address: str) -> None:
        try:
            self._files, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise ValueError(f"{address}: {error}") from None
        self.is_local = isinstance(self._files, LocalFileSystem)
        self._root = root.rstrip("/")
        place = hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]
        self.folder = Path(root).absolute() if self.is_local else cache_folder() / "runs" / place
        self.address = str(self.folder) if self.is_local else address

    def begin(self, record: str) -> None:
        """Make the local folder ready; it is emptied where the address has no file `record`: a new run."""
        if not self.is_local:
            if record not in self.names(""):
                shutil.rmtree(self.folder, ignore_errors=True)
            self.fetch(record)
        self.folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, *names: str) -> None:
        """Bring the files or folders of these names here, where they are there."""
        if self.is_local:
            return
        try:
            self._files.invalidate_cache()
            for name in names:
                if self._files.exists(self._path(name)):
                    self._fetch(name, self.folder / name)
        except Exception as error:
            raise _as_os_error(error) from error

    def push(self, *names: str) -> None:
        """Copy the files or folders of these names there, where they are here."""
        if self.is_local:
            return
        try:
            for name in names:
                for file in _files_of(self.folder / name):
                    self._files.put_file(str(file), self._path(file.relative_to(self.folder).as_posix()))
        except Exception as error:
            raise _as_os_error(error) from error

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no such folder."""
        try:
            self._files.invalidate_cache()
            found = self._files.ls(self._path(folder).rstrip("/"), detail=False)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise _as_os_error(error) from error
        return sorted(posixpath.basename(path.rstrip("/")) for path in found)

    def push_checkpoint(self) -> None:
        """Copy the checkpoint and the log as they are now."""
        if self.is_local:
            return
        step = json.loads((self.folder / CHECKPOINT / "step.json").read_text(encoding="utf-8"))["step"]
        name = f"{CHECKPOINT}-{step:08}"
        try:
            before = self._pointed()
            for file in _files_of(self.folder / CHECKPOINT):
                self._files.put_file(str(file), self._path(f"{name}/{file.name}"))
            self.push(LOG)
            self._files.pipe_file(self._path(_POINTER), json.dumps({"folder": name}).encode())
            if before and before != name:
                self._files.invalidate_cache()
                self._files.rm(self._path(before), recursive=True)
        except Exception as error:
            raise _as_os_error(error) from error

    def fetch_checkpoint(self) -> None:
        """Bring the last whole checkpoint and its log here, where they are further than what is here."""
        if self.is_local:
            return
        try:
            self._files.invalidate_cache()
            name = self._pointed()
            if not name or int(name.rpartition("-")[2]) <= self._step_here():
                return
            fresh = self.folder / f"{CHECKPOINT}.fetched"
            shutil.rmtree(fresh, ignore_errors=True)
            self._fetch(name, fresh)
            shutil.rmtree(self.folder / CHECKPOINT, ignore_errors=True)
            fresh.rename(self.folder / CHECKPOINT)
            self.fetch(LOG)
        except Exception as error:
            raise _as_os_error(error) from error

    def _step_here(self) -> int:
        try:
            return int(json.loads((self.folder / CHECKPOINT / "step.json").read_text("utf-8"))["step"])
        except (OSError, ValueError):
            return 0

    def _pointed(self) -> str:
        try:
            return str(json.loads(self._files.cat_file(self._path(_POINTER)))["folder"])
        except FileNotFoundError:
            return ""

    def _fetch(self, name: str, here: Path) -> None:
        path = self._path(name)
        here.parent.mkdir(parents=True, exist_ok=True)
        if self._files.isfile(path):
            self._files.get_file(path, str(here))
            return
        for file in self._files.find(path):
            place = here / posixpath.relpath(file, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            self._files.get_file(file, str(place))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _files_of(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(file for file in place.rglob("*") if file.is_file())


def _as_os_error(error: Any) -> OSError:
    """What stores' clients raise is of many kinds."""
    return error if isinstance(error, OSError) else OSError(f"{type(error).__name__}: {error}")
