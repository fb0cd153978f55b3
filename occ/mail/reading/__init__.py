"""Reads a mail: bytes in, a value out, whatever arrives. Nothing is fetched, stored or decided."""

from occ.mail.reading.letter import Automatic, Bounced, Defect, Letter, Part, Person
from occ.mail.reading.mail import read

__all__ = ["Automatic", "Bounced", "Defect", "Letter", "Part", "Person", "read"]
