#!/usr/bin/env bash
# httpcore 1.0.9: httpcore.URL() drops what stands behind a semicolon in a path.
#
# Expected: the request target of http://example.com/orders;region=kr/7?x=1 is /orders;region=kr/7?x=1 (RFC 3986, 3.3: a
# semicolon is an ordinary sign of a path segment), as httpx 0.28.1, which stands above httpcore, sends it.
# Seen: parameters of the last segment are lost, those of the segments before it stay: the address is split by urlparse(),
# which takes them apart, and only its path and query are put together again. No error says so; the server is asked for
# another resource. Passing scheme, host, port and target one by one keeps the address as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" httpcore==1.0.9 httpx==0.28.1
PYTHONPATH=$folder python3 - <<'PY'
import httpcore
import httpx

seen = []
for address in ("http://example.com/orders;region=kr", "http://example.com/orders;region=kr/7?x=1", "http://example.com/a;b=1?x=1"):
    seen.append((httpcore.URL(address).target, httpx.URL(address).raw_path))
print(httpcore.__version__, httpx.__version__, *seen, sep="\n")
assert seen == [
    (b"/orders", b"/orders;region=kr"),
    (b"/orders;region=kr/7?x=1", b"/orders;region=kr/7?x=1"),
    (b"/a?x=1", b"/a;b=1?x=1"),
], "this has changed"
whole = httpcore.URL(scheme="http", host="example.com", port=None, target="/a;b=1?x=1")
assert whole.target == b"/a;b=1?x=1", "this has changed"
PY
