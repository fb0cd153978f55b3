"""Events in words: who did it, in each language of the console."""

from types import SimpleNamespace

import pytest
from flask import Flask

from occ.core import i18n
from occ.tickets import labels
from occ.tickets.rules import Fact


@pytest.fixture
def words() -> Flask:
    """An application that knows languages only."""
    made = Flask("occ")
    i18n.init_app(made)
    return made


def event(fact: Fact, actor: str, **detail: object) -> SimpleNamespace:
    known = {"reason": "test", "fields": [], "to": "Kim"}
    known |= {"before": "low", "after": "high"} if fact is Fact.PRIORITY else {}
    return SimpleNamespace(fact=fact, actor=actor, detail=known | detail)


@pytest.mark.spec("TKT-1")
@pytest.mark.parametrize(("locale", "title"), [("ko", "님"), ("ja", "さん")])
def test_only_people_have_a_title(words: Flask, locale: str, title: str) -> None:
    titled = 0
    with words.app_context(), i18n.force_locale(locale):
        console = str(i18n.gettext("The console: %(what)s", what="")).strip(" :：")
        for fact in Fact:
            titled += title in labels.fact_text(event(fact, "박서연"))
            for by in ({}, {"trigger": "VIP"}):
                said = labels.fact_text(event(fact, "", **by))
                assert title not in said and "%(" not in said, said
                assert said.startswith(console) == (
                    not by and "%(by)s" in str(labels.FACTS[fact].text)
                )
    assert titled >= 15
