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
