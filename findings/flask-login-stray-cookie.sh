#!/usr/bin/env bash
# Flask-Login 0.6.3 never asks the request loader while a browser sends a cookie called remember_token.
#
# Expected: an application that knows its people by the request alone (request_loader) and never calls login_user(remember=True) does
# not look at remember_token; a cookie of that name which it did not make is read as nobody's, and the request is asked next.
# Seen: with the cookie there, whatever it holds, the user is anonymous and the request loader is not called. Cookies belong to a host,
# not to a port: a second Flask application on the same machine, with the default name, signs the people of the first one out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" flask==3.1.3 flask-login==0.6.3
PYTHONPATH=$folder python3 -S - "$folder" <<'PY'
import sys
from importlib.metadata import version

sys.path.insert(0, sys.argv[1])
from flask import Flask
from flask_login import LoginManager, UserMixin, current_user

app = Flask("first")
app.secret_key = "first"
asked = []


class User(UserMixin):
    id = "kim"


manager = LoginManager(app)


@manager.request_loader
def load(request):
    asked.append(request.headers["X-Key"])
    return User()


@app.get("/")
def who():
    return current_user.id if current_user.is_authenticated else "nobody"


def answer(cookie):
    client = app.test_client()
    if cookie:
        client.set_cookie("remember_token", cookie)
    asked.clear()
    return client.get("/", headers={"X-Key": "k"}).text, len(asked)


seen = answer(""), answer("7|made by the second application")
print("Flask", version("flask"), "Flask-Login", version("flask-login"), *seen)
assert seen == (("kim", 1), ("nobody", 0)), "this has changed"
PY
