"""The `occ` command: Flask's CLI underneath."""

from typing import Any

import click
from flask.cli import FlaskGroup


def _app() -> Any:
    from occ.factory import create_app

    return create_app()


@click.group(cls=FlaskGroup, create_app=_app, add_default_commands=False, add_version_option=False)
def main() -> None:
    """OCC, a self-hosted contact-center console."""
