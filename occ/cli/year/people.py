"""Customers of the demo's year: many turn to a service once, some again and again."""

from random import Random

from occ.cli.year.days import instant
from occ.cli.year.store import Store
from occ.customers.models import Customer

AGAIN = 0.5  # share of those who were there before
SURNAMES = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = (
    *("민준", "서연", "도윤", "지우", "하준", "서현", "은우", "하은", "시우", "지민", "예준"),
    *("수빈", "주원", "채원", "지호", "다은", "현우", "예은", "준혁", "소율", "태윤", "유진"),
    *("건우", "아린", "우진", "나연", "선우", "가은", "민재", "지안", "정훈", "미경", "영호"),
)
OTHERS = {
    "en": ("Emma Wilson", "James Miller", "Olivia Brown", "Liam Davis", "Sophia Clark"),
    "ja": ("佐藤 陽菜", "鈴木 蓮", "高橋 結衣", "田中 湊", "伊藤 凛"),
}


class People:
    """Whoever has turned to the demo's services so far."""

    def __init__(self, store: Store, chance: Random) -> None:
        self._store, self._chance = store, chance
        self._callers: list[tuple[int, str]] = []
        self._writers: dict[str, list[tuple[int, str]]] = {}
        self.numbers: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self.addresses: dict[int, str] = {}
        self._used: set[str] = set()

    def _korean(self) -> str:
        return self._chance.choice(SURNAMES) + self._chance.choice(GIVEN)

    def caller(self, at: int) -> int:
        """Somebody who calls: known by a number, most of them by a name, too."""
        if self._callers and self._chance.random() < AGAIN:
            return self._chance.choice(self._callers)[0]
        number = self._unused()
        name = self._korean() if self._chance.random() < 0.7 else ""
        ident = self._add(at, name=name, phone=number, email=None)
        self._callers.append((ident, number))
        self.numbers[ident] = number
        return ident

    def _unused(self) -> str:
        while True:
            number = f"+8210{self._chance.randrange(30_000_000, 99_999_999)}"
            if number not in self._used:
                self._used.add(number)
                return number

    def writer(self, at: int, language: str) -> int:
        """Somebody who writes: known by an address."""
        known = self._writers.setdefault(language, [])
        if known and self._chance.random() < AGAIN / 2:
            return self._chance.choice(known)[0]
        name = self._chance.choice(OTHERS[language]) if language in OTHERS else self._korean()
        place = len(self.names) + 1
        ident = self._add(at, name=name, phone=None, email=f"customer{place}@example.com")
        known.append((ident, name))
        return ident

    def _add(self, at: int, *, name: str, phone: str | None, email: str | None) -> int:
        ident = self._store.number(Customer)
        self._store.add(
            Customer,
            id=ident,
            name=name,
            phone=phone,
            email=email,
            created_at=instant(at),
            version=1,
        )
        self.names[ident], self.addresses[ident] = name, email or ""
        return ident
