"""Phone numbers as people type them, to E.164."""

import phonenumbers

REGION = "KR"


def parse(text: str) -> str | None:
    """A number somebody typed, Korean unless it starts with +, as E.164; None when it is none."""
    try:
        parsed = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(parsed) else None


def written(number: str) -> list[str]:
    """The ways in which people write an E.164 number: +821012345678, 01012345678, 010-1234-5678."""
    parsed = phonenumbers.parse(number, REGION)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return [number, "".join(sign for sign in national if sign.isdigit()), national]
