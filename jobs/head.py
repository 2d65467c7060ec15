"""Whether Ray's head is still there. Without it Ray ends this process after a minute, and says nothing."""

import os
import socket
import sys
import time

from jobs.exits import Exit

_EVERY_S = 5.0
_RAYS_PATIENCE = "RAY_gcs_rpc_server_reconnect_timeout_s", 60.0
_SHARE = 0.75  # of Ray's patience: rows are written every 15 s, so nothing waits by then


class Head:
    """The head at HOST:PORT, and when it was last heard."""

    def __init__(self, address: str) -> None:
        self._address = address
        host, _, port = address.rpartition(":")
        self._place = host.strip("[]"), int(port)
        name, default = _RAYS_PATIENCE
        self._patience_s = float(os.environ.get(name, default)) * _SHARE
        self._heard = self._looked = time.monotonic()

    def look(self) -> None:
        """Knock there now and then. End this process, with a message, when nothing has answered for long.

        Ray's calls wait for the head, so no exception would bring the driver to its end.
        """
        if time.monotonic() - self._looked < _EVERY_S:
            return
        self._looked = time.monotonic()
        try:
            socket.create_connection(self._place, _EVERY_S).close()
        except OSError:
            silent_s = time.monotonic() - self._heard
            if silent_s >= self._patience_s:
                print(
                    f"nuskha: the job stopped: Ray's head at {self._address} has not answered for "
                    f"{silent_s:.0f} s; the same command goes on from what is written",
                    file=sys.stderr,
                    flush=True,
                )
                os._exit(Exit.FAILURES)
        else:
            self._heard = time.monotonic()
