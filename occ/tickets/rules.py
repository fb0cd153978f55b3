import enum


class Channel(enum.Enum):
    """How an inquiry came in."""

    PHONE = "phone"
    MANUAL = "manual"
