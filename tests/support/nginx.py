"""nginx as docs/nginx.conf describes it, on free ports, with a certificate of its own."""

import datetime
import ipaddress
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from occ.config import ROOT
from tests.support.live import free_port

BINARY = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  real_ip_header X-Test-Client; set_real_ip_from 127.0.0.1;
{site}
}}
"""


def missing() -> str | None:
    """Why nginx cannot be started, in words."""
    return None if BINARY else "nginx is not installed"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key, as files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "occ tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=5))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    where = folder / "fullchain.pem", folder / "privkey.pem"
    where[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    where[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return where


class Nginx:
    """The site of docs/nginx.conf before the given OCC ports; a header X-Test-Client says which address a client has."""

    def __init__(self, folder: Path, upstreams: list[int], *, site: str = "") -> None:
        folder.mkdir()
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.certificate, key = certificate(folder)
        text = site or (ROOT / "docs" / "nginx.conf").read_text("utf-8")
        text = re.sub(r"(?m)^\s+server 127\.0\.0\.1:\d+;.*$", "", text)
        text = text.replace(
            "upstream occ {",
            "upstream occ {\n" + "\n".join(f"    server 127.0.0.1:{port};" for port in upstreams),
        )
        text = re.sub(r"(?m)^\s+listen \[::\].*$", "", text)
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.plain_port};").replace(
            "listen 443 ", f"listen 127.0.0.1:{self.port} "
        )
        text = text.replace("/etc/ssl/occ/fullchain.pem", str(self.certificate)).replace(
            "/etc/ssl/occ/privkey.pem", str(key)
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user, site=text))
        self.process: subprocess.Popen[bytes] | None = None

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def start(self) -> None:
        assert BINARY is not None
        command = [
            BINARY,
            "-p",
            self.folder,
            "-c",
            self.folder / "nginx.conf",
            "-e",
            self.folder / "error.log",
        ]
        self.process = subprocess.Popen(command)
        until = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(
                    f"{self.url}/healthz", timeout=5, context=self.context()
                ).close()
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None and time.monotonic() < until, (
                    self.folder / "error.log"
                ).read_text()
                time.sleep(0.05)  # another process starts

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
