"""A form around a save: refusals beside their fields, what is stored after a conflict."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from wtforms import SelectField

from occ.ars.forms import SealedForm, Stored
from occ.core.errors import Conflict, Refused
from occ.core.forms import Form, Text, TimeZone, VersionedForm
from occ.core.i18n import zones
from occ.tenant.forms import LicenceForm

BARE = {"csrf": False}


class NameForm(VersionedForm):
    name = Text("Name", limit=20)


@pytest.fixture(autouse=True)
def typed() -> Iterator[None]:
    sent = {"name": "typed", "version": "1", "seen": "old"}
    with Flask("forms").test_request_context(method="POST", data=sent):
        yield


def test_a_save_that_passes_leaves_no_mark() -> None:
    form = NameForm(meta=BARE)
    with form.saving():
        pass
    assert (form.status, form.refused, form.stored) == (200, None, None)


def test_a_refusal_stands_beside_its_field_and_takes_no_version() -> None:
    form = NameForm(meta=BARE)
    with form.saving(stored=lambda: pytest.fail("only a conflict reads what is stored")):
        raise Refused("Too plain.", "name")
    assert list(form.name.errors) == ["Too plain."] and form.name.data == "typed"
    assert (form.status, form.stored, form.version.data) == (422, None, "1")
    with form.saving():
        raise Refused("Not today.", "nowhere")
    assert form.form_errors == ["Not today."]
    assert form.refused is not None and form.refused.message == "Not today."


def test_a_conflict_keeps_what_was_typed_and_takes_the_version_that_is_stored() -> None:
    form, row = NameForm(meta=BARE), SimpleNamespace(name="theirs", version=7)
    with form.saving(stored=lambda: row):
        raise Conflict("Somebody else saved first.")
    assert (form.status, form.stored, form.version.data) == (409, row, "7")
    assert form.name.data == "typed" and form.form_errors == ["Somebody else saved first."]


def test_a_conflict_about_a_row_that_is_gone_or_unnamed_is_a_refusal() -> None:
    gone, unnamed = NameForm(meta=BARE), NameForm(meta=BARE)
    with gone.saving(stored=lambda: None):
        raise Conflict("Somebody else saved first.")
    assert (gone.status, gone.version.data) == (422, "0")
    with unnamed.saving():
        raise Conflict("Somebody else saved first.")
    assert (unnamed.status, unnamed.version.data) == (422, "1")


def test_the_version_is_what_the_form_says_or_a_seal() -> None:
    licence, sealed = LicenceForm(meta=BARE), SealedForm(meta=BARE)
    with licence.saving(stored=lambda: SimpleNamespace(version=3, licence_id=40)):
        raise Conflict("Somebody else saved first.")
    assert licence.version.data == "40"
    with sealed.saving(stored=lambda: Stored([], "new")):
        raise Conflict("Somebody else saved first.")
    assert (sealed.status, sealed.stored, sealed.seen.data) == (409, [], "new")


def test_what_is_no_refusal_is_not_swallowed() -> None:
    form = Form(meta=BARE)
    with pytest.raises(RuntimeError), form.saving():
        raise RuntimeError
    assert form.status == 200


@pytest.mark.parametrize("chosen", ["Asia/Seoul", "Mars/Olympus", '"><b>', None])
def test_zones_are_drawn_as_any_select_draws_them(chosen: str | None) -> None:
    class Places(Form):
        quick = TimeZone("Zone")
        plain = SelectField("Zone", choices=[(zone, zone) for zone in zones()])

    form = Places(meta=BARE, quick=chosen, plain=chosen)
    drawn = str(form.quick(class_="form-select", required=True))
    plain = str(form.plain(class_="form-select", required=True, id="quick"))
    assert drawn == plain.replace('name="plain"', 'name="quick"')
    assert drawn.count("selected") == (chosen == "Asia/Seoul")
    assert form.quick.validate(form) is (chosen == "Asia/Seoul")
    assert form.plain.validate(form) is (chosen == "Asia/Seoul")
    assert list(form.quick.errors) == list(form.plain.errors)
