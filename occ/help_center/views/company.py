"""What all help centers say of the company in a language, edited by org admins (HC-1, ORG-6)."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from wtforms import TextAreaField, ValidationError

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.forms import Text, VersionedForm, clean
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as _c
from occ.help_center.permissions import COMPANY
from occ.help_center.site import queries, rules, service
from occ.help_center.site.rules import Company
from occ.organization.languages import all_languages

bp = Blueprint("company", __name__, url_prefix="/c/org/company")


class Long(TextAreaField):
    """A text of several lines and of bounded length."""

    def __init__(self, label: Any, *, limit: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = limit
        self.render_kw = {"maxlength": str(limit), "dir": "auto"}

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        if len(self.data or "") > self.limit:
            raise ValidationError(
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=self.limit,
                    count=len(self.data or ""),
                )
            )


class CompanyForm(VersionedForm):
    company = Long(
        _c("help center", "Company"),
        limit=rules.COMPANY_MAX,
        description=_l(
            "Name, address, registration number and how to reach you, as the foot shows it."
        ),
    )
    trademark = Text(_l("Trademark"), limit=rules.TRADEMARK_MAX, required=False)
    terms = Long(
        _l("Terms of use"), limit=rules.TERMS_MAX, description=_l("Web addresses become links.")
    )
    privacy = Long(
        _l("Privacy policy"), limit=rules.TERMS_MAX, description=_l("Web addresses become links.")
    )

    @property
    def said(self) -> Company:
        return Company(
            self.company.data or "",
            self.trademark.data or "",
            self.terms.data or "",
            self.privacy.data or "",
        )


@bp.get("")
@requires(COMPANY)
def index() -> Response:
    rows = [(all_languages()[code], row) for code, row in queries.companies()]
    return ui.render("company/index", rows=rows)


@bp.route("/<language>", methods=["GET", "POST"])
@requires(COMPANY)
def edit(language: str) -> Response:
    codes = [code for code, _row in queries.companies()]
    if language not in codes:
        abort(404)
    row = queries.company_in(language)
    form = CompanyForm(obj=row)
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.validate():
        with form.saving(stored=lambda: queries.company_in(language) or Company()):
            with db.write():
                service.save_company(language, form.said, version=form.seen_version)
            return ui.done(_("Saved."), go=url_for("company.index"))
    return ui.render(
        "company/form",
        status=form.status,
        form=form,
        language=all_languages()[language],
    )
