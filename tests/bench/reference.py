"""The page that ours is measured against, of fixed bytes and fixed work.

What Flask, Flask-Login and Flask-SQLAlchemy need to show 30 of 10,000 rows to somebody who is
signed in: three queries (who it is, how many rows, the newest 30) and a template with a layout. No
rights, no languages, no menu, no forms. It never changes with the console. Beside it `hello`, a
Flask application that does nothing else: what the server can do at most.
"""

import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, render_template
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from waitress import serve

ROWS, SHOWN, BYTES = 10_000, 30, 10_546
LAYOUT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title></head>
<body>
<header><a href="/">Home</a> <span>{{ current_user.name }}</span></header>
<main>{% block main %}{% endblock %}</main>
</body>
</html>"""
PAGE = """{% extends "layout.html" %}
{% block title %}Rows{% endblock %}
{% block main %}
<h1>{{ count }} rows</h1>
<table>
<thead><tr><th>Number</th><th>Name</th><th>State</th><th>Note</th><th>Owner</th><th>Made</th></tr></thead>
<tbody>
{% for row in rows %}
<tr class="row {{ row.state }}">
<td><input type="checkbox" name="row" value="{{ row.id }}"> {{ row.id }}</td>
<td><a class="name" href="{{ url_for('detail', ident=row.id) }}">{{ row.name }}</a></td>
<td><span class="state">{{ row.state }}</span></td>
<td>{{ row.note }}</td>
<td>{{ row.owner }}</td>
<td><time datetime="{{ row.made.isoformat() }}">{{ row.made.strftime("%Y-%m-%d %H:%M") }}</time></td>
</tr>
{% endfor %}
</tbody>
</table>
{% endblock %}"""


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(db.Model, UserMixin):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))


class Row(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    state: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.String(200))
    owner: Mapped[str] = mapped_column(sa.String(50))
    made: Mapped[datetime]


def application(folder: str) -> Flask:
    """The reference console of a folder, made by `make`."""
    app = Flask("reference")
    app.secret_key = (Path(folder) / "key").read_text()
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder}/rows.sqlite3"
    app.jinja_loader = DictLoader({"layout.html": LAYOUT, "page.html": PAGE})  # type: ignore[assignment]
    app.jinja_env.trim_blocks = True
    db.init_app(app)
    logins = LoginManager(app)
    logins.session_protection = None

    @logins.user_loader
    def user(ident: str) -> User | None:
        return db.session.get(User, int(ident))

    @app.get("/")
    @login_required
    def page() -> str:
        assert current_user.name
        count = db.session.scalar(sa.select(sa.func.count()).select_from(Row))
        rows = db.session.scalars(sa.select(Row).order_by(Row.id.desc()).limit(SHOWN)).all()
        return render_template("page.html", rows=rows, count=count)

    @app.get("/<int:ident>")
    def detail(ident: int) -> str:
        return str(ident)

    return app


def hello() -> Flask:
    app = Flask("hello")
    app.get("/")(lambda: "hello")
    return app


def make(folder: Path) -> str:
    """The rows and their one user; returns the cookie of a session."""
    folder.mkdir()
    (folder / "key").write_text(secrets.token_hex())
    app = application(str(folder))
    began = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with app.app_context():
        db.create_all()
        db.session.add(User(id=1, name="Reader"))
        rows = [
            {
                "name": f"Row number {n:05}",
                "state": "open",
                "note": "A note that says in a few words what the row is about",
                "owner": f"Owner {n % 8}",
                "made": began + timedelta(minutes=n),
            }
            for n in range(ROWS)
        ]
        db.session.execute(sa.insert(Row), rows)
        db.session.commit()
        db.engine.dispose()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"session={serializer.dumps({'_user_id': '1', '_fresh': True})}"


def gunicorn(folder: Path, port: int) -> list[str]:
    """The command that serves it as a Flask site is usually served on two cores."""
    return [
        *(sys.executable, "-m", "gunicorn", "--workers", "2", "--log-level", "warning"),
        *("--bind", f"127.0.0.1:{port}", f"tests.bench.reference:application('{folder}')"),
    ]


def waitress(folder: Path, port: int) -> list[str]:
    """The command that serves it by the console's own server, in one process."""
    return [sys.executable, "-m", "tests.bench.reference", str(port), str(folder)]


def bare(port: int) -> list[str]:
    """The command that serves `hello` in the same way."""
    return [sys.executable, "-m", "tests.bench.reference", str(port)]


if __name__ == "__main__":
    port, *folders = sys.argv[1:]
    serve(application(*folders) if folders else hello(), port=int(port), threads=4, ident=None)
