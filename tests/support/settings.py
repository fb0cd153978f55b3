"""Settings of an application that a test changes while it runs."""

from dataclasses import replace
from typing import Any

from flask import Flask

from occ import config
from occ.core.settings import Settings


def changed(app: Flask, **changes: Any) -> Settings:
    """Its settings, or those of the environment, with these instead."""
    known: Settings = app.extensions.get("occ_settings") or config.load()
    return replace(known, **changes)


def change(app: Flask, **changes: Any) -> None:
    """Gives it these settings from now on."""
    app.extensions["occ_settings"] = changed(app, **changes)
