"""A mail server of a test: what it offers is chosen, what it gets is kept as it came over the wire."""

import datetime
import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.slow import Line


class MailServer:
    """For `slow_server`. `said` holds the commands, `mails` the bytes after DATA, dots unstuffed.

    `refuses` says what receivers get instead of a yes, by their address.
    """

    def __init__(
        self,
        *offers: str,
        tls: ssl.SSLContext | None = None,
        bye: str = "221 bye",
        refuses: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.refuses = dict(refuses)
        self.offers, self.tls, self.bye = (*offers, *(["STARTTLS"] if tls else [])), tls, bye
        self.said: list[str] = []
        self.mails: list[bytes] = []

    def __call__(self, line: Line) -> None:
        line.connection.sendall(b"220 here\r\n")
        self._talk(line, self.offers)

    def _talk(self, line: Line, offers: tuple[str, ...]) -> None:
        with line.connection.makefile("rb") as lines:
            for raw in lines:
                command = raw.decode().rstrip("\r\n")
                head, colon, rest = command.partition(":")
                # Pythons differ in the case of commands
                self.said.append(f"{head.lower()}{colon}{rest}")
                verb = command[:4].upper()
                if verb == "STAR":
                    line.connection.sendall(b"220 go\r\n")
                    break
                if verb == "DATA":
                    line.connection.sendall(b"354 go\r\n")
                    self.mails.append(
                        b"".join(part.removeprefix(b".") for part in iter(lines.readline, b".\r\n"))
                    )
                address = command.partition("<")[2].partition(">")[0]
                if verb == "RCPT" and address in self.refuses:
                    line.connection.sendall(f"{self.refuses[address]}\r\n".encode())
                    continue
                answers = {"EHLO": ["here", *offers], "QUIT": []}.get(verb, ["ok"])
                text = "".join(
                    f"250{' ' if n == len(answers) else '-'}{one}\r\n"
                    for n, one in enumerate(answers, 1)
                )
                line.connection.sendall((text or f"{self.bye}\r\n").encode())
                if verb == "QUIT":
                    return
            else:
                return
        assert self.tls is not None
        with self.tls.wrap_socket(line.connection, server_side=True) as line.connection:
            self._talk(line, tuple(one for one in offers if one != "STARTTLS"))


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server at 127.0.0.1 proves itself with, and what trusts it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.create_default_context(cafile=str(path)),
    )
    server.load_cert_chain(path)
    return server, client
