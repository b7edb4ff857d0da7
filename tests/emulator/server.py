#!/usr/bin/env python3
"""The wire emulator: moto behind the patches of this directory.

Takes moto's own command line (`-H HOST -p PORT`). Start it with `./start PORT`,
which also makes the environment it needs.
"""

import argparse
import ipaddress
import os
import stat
import sys
import threading

MOTO_VERSION = "5.2.5"


def refuse(reason: str) -> None:
    """Ends the process: a half-right emulator is worse than none."""
    sys.exit(f"emulator: {reason}")


def check_version() -> None:
    """The patches replace internals, so they fit one version of moto only."""
    import moto

    if moto.__version__ != MOTO_VERSION:
        refuse(f"the patches are for moto {MOTO_VERSION}, this is {moto.__version__}")


def check_host(argv: list[str]) -> None:
    """The emulator checks no credentials, so it listens on loopback only."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-H", "--host", default="127.0.0.1")
    host = parser.parse_known_args(argv)[0].host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        refuse(f"{host} is not a loopback address")


def end_with_parent() -> None:
    """Ends when standard input does, if that is a pipe: nobody is left to use the server.

    A test program that is killed runs no clean-up, but its end of the pipe closes.
    """
    if not stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        return

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main(argv: list[str]) -> None:
    """Checks, patches, serves until interrupted."""
    check_version()
    check_host(argv)
    end_with_parent()
    from moto import server

    import patches  # noqa: F401  importing it applies every patch

    server.main(argv)


if __name__ == "__main__":
    main(sys.argv[1:] or ["-H", "127.0.0.1"])
