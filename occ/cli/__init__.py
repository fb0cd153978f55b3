"""The `occ` command: Flask's CLI underneath."""

import gc
import os
import sys
from typing import Any

import click
from flask.cli import FlaskGroup

SERVERS = ("serve", "web", "worker")


def _app() -> Any:
    """The application. What is imported stays, so that nobody looks for garbage in it meanwhile,
    which was a fifth of the start.
    """
    gc.disable()
    try:
        from occ.factory import create_app

        return create_app()
    finally:
        gc.enable()


class Occ(FlaskGroup):
    """Only OCC's own commands, so that none loads a library the command does not need."""

    def _load_plugin_commands(self) -> None:
        self._loaded_plugin_commands = True

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """A database that cannot be used is told in words, by every command. Only servers share
        their metrics: files of other processes would stay for ever.
        """
        asked = (args[0] if args else kwargs.get("args")) or sys.argv[1:]
        if not set(SERVERS) & set(asked):
            os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        try:
            return super().main(*args, **kwargs)
        except Exception as error:
            from occ.cli.start import explained

            words = explained(error)
            if words is None:
                raise
            raise SystemExit(words) from None


@click.group(cls=Occ, create_app=_app, add_default_commands=False, add_version_option=False)
def main() -> None:
    """OCC, a self-hosted contact-center console."""
