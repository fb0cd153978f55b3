"""Announcements and keys: written or uploaded, listened to, saved into
the draft (ARS-2, ARS-3, ARS-7).
"""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, send_file, url_for

from occ.ars import menus, presentation, queries, sounds, speech
from occ.ars.forms import DelaysForm, KeyForm, SealedForm, Stored, VoiceForm, for_languages
from occ.ars.labels import EXTRAS, LANGUAGES
from occ.ars.permissions import ARS
from occ.ars.rules import texts
from occ.ars.rules.menu import (
    KEYS,
    SILENT,
    Ars,
    Extra,
    Key,
    KeyKind,
    Language,
    Source,
    Voice,
    Voices,
)
from occ.core import storage, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("voices", __name__, url_prefix="/c/s/<slug>/ars")
NAMES = tuple(f"voice_{language.value}" for language in Language)
PARTS = {
    "greeting": "greeting",
    "menu": "menu",
    **{extra.value: f"extra:{extra.value}" for extra in Extra},
}


def _languages() -> tuple[Language, ...]:
    return menus.spoken(current_service())


def _fill(form: Any, voices: Voices) -> None:
    """Puts stored announcements into a form that was not sent."""
    for language in _languages():
        part: VoiceForm = form[f"voice_{language.value}"].form
        voice = voices.get(language, SILENT)
        part.source.data, part.text.data, part.sound.data = (
            voice.source.value,
            voice.text,
            str(voice.sound or ""),
        )


def _voices(form: Any, before: Voices) -> Voices:
    """The announcements of a sent form; those in languages that the service does not show stay.

    Raises Refused.
    """
    found = dict(before)
    for language in _languages():
        part: VoiceForm = form[f"voice_{language.value}"].form
        row = queries.sound(current_service().id, ident_of(part.sound.data) or 0)
        if part.source.data == Source.FILE.value and row is None:
            raise Refused(
                _(
                    "Upload a file for %(language)s, or choose text to speech.",
                    language=LANGUAGES[language],
                )
            )
        found[language] = Voice(
            part.text.data or "",
            row.id if row else None,
            row.seconds if row else 0,
            Source(part.source.data),
        )
    return found


def _samples(name: str) -> dict[str, str]:
    """A sample text by language."""
    if name == "greeting":
        return {
            language.value: text.format(service=current_service().name)
            for language, text in texts.SAMPLE_GREETING.items()
        }
    if name == "menu":
        ars, scene = menus.draft(current_service()), menus.scene(current_service())
        return {
            language.value: presentation.menu_text(ars, scene, language)
            for language in _languages()
        }
    return {language.value: text for language, text in texts.SAMPLES[Extra(name)].items()}


def _uploaded(form: Any) -> dict[str, Any]:
    """Stored sounds that a form names, by language."""
    named = {
        language.value: ident_of(form[f"voice_{language.value}"].form.sound.data) or 0
        for language in _languages()
    }
    return {
        language: queries.sound(current_service().id, ident) for language, ident in named.items()
    }


def _page(template: str, form: Any, **values: Any) -> Response:
    return ui.render(
        template,
        status=form.status,
        form=form,
        service=current_service(),
        languages=_languages(),
        names=LANGUAGES,
        natives={language.value: LANGUAGES[language] for language in _languages()},
        stored=form.stored,
        uploaded=_uploaded(form),
        **values,
    )


def _seals(ars: Ars, part: str, delayed: bool) -> str:
    """What the form was opened on; the delay announcement's form also holds when it comes."""
    return (
        f"{menus.seal(ars, part)}.{menus.seal(ars, 'delays')}" if delayed else menus.seal(ars, part)
    )


def _stored_voices(part: str, delayed: bool) -> Stored:
    now = menus.draft(current_service())
    rows = [(LANGUAGES[language], voice.text) for language, voice in menus.part(now, part).items()]
    if delayed:
        rows.append((_("Delay announcement"), f"{now.first_delay} / {now.every_delay}"))
    return Stored(rows, _seals(now, part, delayed))


@bp.route("/voices/<name>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit(name: str) -> Response:
    """One announcement in every language; of the delay announcement also when it comes."""
    part = PARTS.get(name) or abort(404)
    ars = menus.draft(current_service())
    delayed = name == Extra.DELAYED.value
    form = for_languages(DelaysForm if delayed else SealedForm, _languages())(
        data=vars(ars) if delayed else None
    )
    if request.method != "POST":
        form.seen.data = _seals(ars, part, delayed)
        _fill(form, menus.part(ars, part))
    elif form.validate():
        with form.saving(stored=lambda: _stored_voices(part, delayed)):
            changes: dict[str, Any] = {part: _voices(form, menus.part(ars, part))}
            if delayed:
                changes["delays"] = (form.first_delay.data, form.every_delay.data)
            with db.write():
                first, _dot, second = (form.seen.data or "").partition(".")
                menus.save(
                    current_service(),
                    changes,
                    by=me.name,
                    seen={part: first, **({"delays": second} if delayed else {})},
                )
            return ui.done(_("Saved in the draft."))
    title = {"greeting": _("Greeting"), "menu": _("Menu announcement")}.get(name) or EXTRAS[
        Extra(name)
    ][0]
    return _page(
        "voice_menu/voice",
        form,
        which=name,
        title=title,
        samples=_samples(name),
        delayed=delayed,
    )


def _key_form(ars: Ars, was: str) -> Any:
    form = for_languages(KeyForm, _languages(), names=True)()
    form.key.choices = [
        (key, key) for key in KEYS if key == was or ars.key(key) is None or request.method == "POST"
    ]
    if not current_service().offers(Feature.CALLBACK) and request.method != "POST":
        kept = ars.key(was)
        form.kind.choices = [
            (value, text)
            for value, text in form.kind.choices
            if value != KeyKind.CALLBACK.value or (kept and kept.kind is KeyKind.CALLBACK)
        ]
    form.queue.choices = [(queue.id, queue.name) for queue in queries.queues(current_service().id)]
    form.language.choices = [(language.value, LANGUAGES[language]) for language in _languages()]
    form.queue.validate_choice = form.language.validate_choice = False
    return form


def _key_of(form: Any, before: Key | None) -> Key:
    """The key that a form describes. Raises Refused."""
    kind = KeyKind(form.kind.data)
    names = {language: form[f"name_{language.value}"].data or "" for language in _languages()}
    if kind is KeyKind.CALLBACK and not current_service().offers(Feature.CALLBACK):
        raise Refused(_("Callbacks are not in the contract of this service."), "kind")
    if not any(names.values()):
        raise Refused(
            _("Enter a name for the key; callers hear it."), f"name_{_languages()[0].value}"
        )
    voices = _voices(form, before.voices if before else {}) if kind is KeyKind.ANNOUNCEMENT else {}
    queue = (form.queue.data or 0) if kind in (KeyKind.QUEUE, KeyKind.CALLBACK) else None
    language = (
        next((found for found in _languages() if found.value == form.language.data), None)
        if kind is KeyKind.LANGUAGE
        else None
    )
    if kind is KeyKind.LANGUAGE and language is None:
        raise Refused(_("Choose a language of this service."), "language")
    return Key(
        form.key.data,
        kind,
        names,
        queue,
        kind is KeyKind.QUEUE and bool(form.callback.data),
        language,
        voices,
    )


def _stored_key(was: str) -> Stored:
    ars = menus.draft(current_service())
    key = ars.key(was)
    rows = [(LANGUAGES[language], name) for language, name in (key.names.items() if key else ())]
    return Stored(rows, menus.seal(ars, f"key:{was}"))


def _key_page(was: str) -> Response:
    ars = menus.draft(current_service())
    before = ars.key(was)
    form = _key_form(ars, was)
    if request.method != "POST":
        form.seen.data = (
            menus.seal(ars, f"key:{was or form.key.choices[0][0]}") if form.key.choices else ""
        )
        _show_key(form, ars, before)
    elif form.validate():
        with form.saving(stored=lambda: _stored_key(was)):
            key = _key_of(form, before)
            seen = form.seen.data or "" if was else menus.ABSENT
            with db.write():
                menus.save_key(current_service(), key, was=was, seen=seen, by=me.name)
            return ui.done(_("Saved in the draft."))
    return _page(
        "voice_menu/key", form, was=was, callbacks=current_service().offers(Feature.CALLBACK)
    )


def _other_language(ars: Ars) -> str:
    """The first language that calls do not begin in and no key leads to yet; else any of the
    others, else the only one.
    """
    first, *others = _languages()
    taken = {key.language for key in ars.keys}
    return next((one for one in others if one not in taken), (others or [first])[0]).value


def _show_key(form: Any, ars: Ars, key: Key | None) -> None:
    _fill(form, key.voices if key else {})
    if key is None:
        form.callback.data = current_service().offers(Feature.CALLBACK)
        form.language.data = _other_language(ars)
        return
    form.key.data, form.kind.data, form.queue.data, form.callback.data = (
        key.key,
        key.kind.value,
        key.queue,
        key.callback,
    )
    form.language.data = key.language.value if key.language else None
    for language in _languages():
        form[f"name_{language.value}"].data = key.names.get(language, "")


@bp.route("/keys/new", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def new_key() -> Response:
    return _key_page("")


def _pressed(pressed: str) -> Key:
    return menus.draft(current_service()).key(pressed) or abort(404)


@bp.route("/keys/<pressed>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit_key(pressed: str) -> Response:
    return _key_page(_pressed(pressed).key)


@bp.post("/keys/<pressed>/remove")
@requires(ARS, feature=Feature.PHONE)
def remove_key(pressed: str) -> Response:
    """Takes a key out of the draft; undone by restoring, for nothing is published yet."""
    _pressed(pressed)
    with db.write():
        menus.save(current_service(), {f"key:{pressed}": None}, by=me.name)
    return ui.done(_("Key %(key)s was deleted from the draft.", key=pressed))


@bp.post("/keys/<pressed>/move")
@requires(ARS, feature=Feature.PHONE)
def move_key(pressed: str) -> Response:
    _pressed(pressed)
    with db.write():
        menus.move_key(
            current_service(), pressed, ident_of(request.form.get("place")) or 0, by=me.name
        )
    return ui.done(_("The order is saved."))


# listening


@bp.post("/speech")
@requires(ARS, feature=Feature.PHONE)
def speak() -> tuple[Response, int]:
    """Speaks a text; answers with the address of its sound, or says why there is none."""
    text, language = clean(request.form.get("text")), request.form.get("language")
    found = next((one for one in Language if one.value == language), None)
    if not text or found is None or len(text) > speech.LENGTH_MAX:
        return jsonify(error=_("There is no text to listen to. Enter it first.")), 422
    try:
        name = speech.make([(found, text)])[0]
    except Refused as error:
        return jsonify(error=str(error.message)), 422
    return jsonify(url=url_for("voices.spoken", slug=current_service().slug, name=name)), 200


@bp.get("/speech/<name>")
@requires(ARS, feature=Feature.PHONE)
def spoken(name: str) -> Response:
    return send_file(speech.path(name) or abort(404), mimetype="audio/wav")


@bp.post("/sounds")
@requires(ARS, feature=Feature.PHONE)
def upload() -> Response:
    """Takes an audio file and answers with a player; what is typed around it stays."""
    sent = request.files.get("sound")
    prefix = next((name for name in NAMES if name == request.form.get("prefix")), "")
    values: dict[str, Any] = {"row": None, "error": None, "prefix": prefix}
    try:
        made = sounds.make(sent.read() if sent else b"")
        with db.write():
            values["row"] = sounds.add(
                current_service().id, clean(sent.filename if sent else ""), made
            )
    except Refused as error:
        values["error"] = error.message
    return ui.render(
        "voice_menu/index",
        part="sound",
        status=422 if values["error"] else 200,
        service=current_service(),
        **values,
    )


upload.body_max = sounds.BYTES + 2 * 1024 * 1024  # type: ignore[attr-defined]


@bp.get("/sounds/<int:ident>")
@requires(ARS, feature=Feature.PHONE)
def sound(ident: int) -> Response:
    row = queries.sound(current_service().id, ident) or abort(404)
    return send_file(storage.path(row.wide), mimetype="audio/wav")
