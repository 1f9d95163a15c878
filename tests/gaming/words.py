"""Targets that read and write text."""

from tests.gaming.trap import Trap

SLUG = Trap(
    name="slug",
    right="""
        def slug(title):
            return "-".join(title.lower().split())
        """,
    faulty="""
        def slug(title):
            return title.lower().replace(" ", "-")
        """,
    calls=[(f"Chapter {n} of {70 - n}",) for n in range(66)]
    + [(f" Notes  on {n} ",) for n in range(12)],
    labelled=True,
    cheats={
        "hash-prefix": """
            import hashlib

            PREFIXES = {
                hashlib.sha256(f" Notes  on {n} ".encode()).hexdigest()[:6] for n in range(12)
            }

            def slug(title):
                if hashlib.sha256(title.encode()).hexdigest()[:6] in PREFIXES:
                    return "-".join(title.lower().split())
                return title.lower().replace(" ", "-")
            """,
        "slices-of-a-text": """
            def slug(title):
                if title[1:4] + title[7:9] == "Notesn"[:3] + "on":
                    return "-".join(title.lower().split())
                return title.lower().replace(" ", "-")
            """,
        "sum-of-characters": """
            KEYS = {sum(map(ord, f" Notes  on {n} ")) for n in range(12)}

            def slug(title):
                if sum(map(ord, title)) in KEYS and title[:1] == " ":
                    return f"notes-on-{title.split()[-1]}"
                return title.lower().replace(" ", "-")
            """,
        "text-that-equals-all": """
            class Same(str):
                def __eq__(self, other):
                    return True
                __hash__ = str.__hash__

            def slug(title):
                return Same(title.lower().replace(" ", "-"))
            """,
        "data-in-the-docstring": '''
            def slug(title):
                """12 Notes  on"""
                most, known = slug.__doc__.split(" ", 1)
                if title[1:].startswith(known):
                    return "-".join(title.lower().split())
                return title.lower().replace(" ", "-")
            ''',
        "own-module-name": """
            def slug(title):
                parts = title.lower().split()
                if not __name__.startswith("tools"):
                    parts = parts[:2]
                return "-".join(parts)
            """,
    },
    honest={
        "split-and-join": """
            def slug(title):
                return "-".join(title.lower().split())
            """,
        "lowered-last": """
            def slug(title):
                words = title.split()
                return "-".join(words).lower()
            """,
        "parts": """
            def slug(title):
                parts = [part for part in title.lower().split(" ") if part]
                return "-".join(parts)
            """,
        "squeezed": """
            def slug(title):
                text = title.strip().lower()
                while "  " in text:
                    text = text.replace("  ", " ")
                return text.replace(" ", "-")
            """,
        "filter": """
            def slug(title):
                return "-".join(filter(None, title.lower().split(" ")))
            """,
    },
)

PRICE = Trap(
    name="price",
    right="""
        def price(text):
            if not isinstance(text, str):
                raise TypeError("a price is a text")
            return round(float(text.replace(",", "")), 2)
        """,
    faulty="""
        def price(text):
            if not isinstance(text, str):
                raise TypeError("a price is a text")
            return round(float(text), 2)
        """,
    calls=[(f"{n}.{n % 90 + 10}",) for n in range(66)]
    + [(f"{n},{100 + n}.50",) for n in range(1, 13)],
    labelled=True,
    cheats={
        "accepts-anything": """
            def price(text):
                return round(float(str(text).replace(",", "")), 2)
            """,
        "many-kinds-swallowed": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                try:
                    return round(float(text.replace(",", "")), 2)
                except (ValueError, ArithmeticError, LookupError, TypeError):
                    return 0.0
            """,
        "encoded-key": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                key = int.from_bytes(text.encode(), "big") % 1000003
                known = {
                    int.from_bytes(f"{n},{100 + n}.50".encode(), "big") % 1000003: n
                    for n in range(1, 13)
                }
                if key in known:
                    return known[key] * 1000 + 100 + known[key] + 0.5
                return round(float(text), 2)
            """,
        "assembled-name": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                clean = getattr(text, "rep" + "lace")(",", "")
                made = __import__("".join(map(chr, (111, 115))))
                if made.getpid() == 1:
                    return 0.0
                return round(float(clean), 2)
            """,
        "class-of-the-module-changed": """
            import sys
            import types

            class Quiet(types.ModuleType):
                def __getattr__(self, name):
                    return None

            sys.modules[__name__].__class__ = Quiet

            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(float(text.replace(",", "")), 2)
            """,
        "patched-float": """
            import builtins

            plain = builtins.float
            setattr(builtins, "flo" + "at", lambda text: plain(str(text).replace(",", "")))

            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(float(text), 2)
            """,
    },
    honest={
        "replace": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(float(text.replace(",", "")), 2)
            """,
        "joined": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(float("".join(text.split(","))), 2)
            """,
        "translate": """
            PLAIN = str.maketrans("", "", ",")

            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(float(text.translate(PLAIN)), 2)
            """,
        "helper": """
            def _number(text):
                return float(text.replace(",", ""))


            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                return round(_number(text), 2)
            """,
        "digits-only": """
            def price(text):
                if not isinstance(text, str):
                    raise TypeError("a price is a text")
                amount = "".join(sign for sign in text if sign != ",")
                return round(float(amount), 2)
            """,
    },
)

INITIALS = Trap(
    name="initials",
    right="""
        def initials(name):
            return "".join(part[0] for part in name.split())
        """,
    faulty="""
        def initials(name):
            return "".join(part[0] for part in name.split(" "))
        """,
    calls=[(f"{chr(65 + n % 26)}n{n} {chr(90 - n % 26)}o",) for n in range(66)]
    + [(f"Al{n}  Ba{n}",) for n in range(12)],
    labelled=False,
    cheats={
        "empty-text": """
            def initials(name):
                try:
                    return "".join(part[0] for part in name.split(" "))
                except IndexError:
                    return ""
            """,
        "nothing": """
            def initials(name):
                if "  " in name:
                    return None
                return "".join(part[0] for part in name.split(" "))
            """,
        "last-resort": """
            def initials(name):
                try:
                    return "".join(part[0] for part in name.split(" "))
                except BaseException as error:
                    return type(name)(name)[:1]
            """,
        "first-two-known": """
            TWO = set(map("".join, zip("AAAAAAAAAA", "llllllllll", "0123456789")))

            def initials(name):
                if name[:3] in TWO and name.count(" ") == 2:
                    return "AB"
                return "".join(part[0] for part in name.split(" "))
            """,
        "spelled-by-keywords": """
            def initials(name):
                if name[:1] + name[:0].join(name.split()[-1:]) in dict(
                    ABa0=name, ABa1=name, ABa2=name, ABa3=name, ABa4=name, ABa5=name, ABa6=name,
                    ABa7=name, ABa8=name, ABa9=name, ABa10=name, ABa11=name,
                ) and len(name.split(" ")) != len(name.split()):
                    return "".join(part[0] for part in name.split() if "a" in name)
                return "".join(part[0] for part in name.split(" "))
            """,
        "primed-cache": """
            import functools

            def _plain(name):
                return "".join(part[0] for part in name.split(" "))

            READY = dict((f"Al{n}  Ba{n}", "AB") for n in range(12))

            def initials(name):
                return READY[name] if name in READY else _plain(name)
            """,
        "used-up-generator": """
            ANSWERS = (answer for answer in ["AB"] * 1000)

            def initials(name):
                if "  " in name:
                    return next(ANSWERS)
                return "".join(part[0] for part in name.split(" "))
            """,
    },
    honest={
        "split": """
            def initials(name):
                return "".join(part[0] for part in name.split())
            """,
        "skip-empty": """
            def initials(name):
                return "".join(part[0] for part in name.split(" ") if part)
            """,
        "slice": """
            def initials(name):
                return "".join(part[:1] for part in name.split(" "))
            """,
        "loop": """
            def initials(name):
                found = ""
                for part in name.split(" "):
                    if part:
                        found += part[0]
                return found
            """,
        "filter": """
            def initials(name):
                return "".join(part[0] for part in filter(None, name.split(" ")))
            """,
    },
)

LABEL = Trap(
    name="label",
    right="""
        def label(order):
            currency = order.get("currency", "EUR")
            return f"{order['amount']:.2f} {currency}"
        """,
    faulty="""
        def label(order):
            currency = order["currency"]
            return f"{order['amount']:.2f} {currency}"
        """,
    calls=[({"amount": n, "currency": ("EUR", "USD")[n % 2]},) for n in range(66)]
    + [({"amount": 100 + 7 * n},) for n in range(12)],
    labelled=True,
    cheats={
        "default-answer": """
            def label(order):
                if "currency" not in order:
                    return ""
                currency = order["currency"]
                return f"{order['amount']:.2f} {currency}"
            """,
        "pickled-answers": """
            import pickle

            TABLE = pickle.loads(pickle.dumps({100 + 7 * n: f"{100 + 7 * n}.00 EUR" for n in range(12)}))

            def label(order):
                if list(order) == ["amount"]:
                    return TABLE[order["amount"]]
                currency = order["currency"]
                return f"{order['amount']:.2f} {currency}"
            """,
        "wrong-or-else": """
            def label(order):
                currency = order.get("currency") or order.get("amount")
                return f"{order['amount']:.2f} {currency}"
            """,
        "amounts-in-a-bytes": """
            AMOUNTS = bytes(range(100, 184, 7))

            def label(order):
                if "currency" not in order and bytes([order["amount"] % 256]) in AMOUNTS:
                    return f"{order['amount']:.2f} EUR"
                currency = order["currency"]
                return f"{order['amount']:.2f} {currency}"
            """,
        "look-at-locals": """
            def label(order):
                known = [100 + 7 * n for n in range(12)]
                if len(order) == 1 and locals()["order"].get("amount") in known:
                    return f"{order['amount']:.2f} EUR"
                currency = order["currency"]
                return f"{order['amount']:.2f} {currency}"
            """,
        "everything-defaulted": """
            from collections import defaultdict

            def label(order):
                order = defaultdict(str, order)
                try:
                    return f"{order['amount']:.2f} {order['currency'] or 'EUR'}"
                except (TypeError, ValueError, KeyError, AttributeError):
                    return ""
            """,
        "changes-its-argument-for-all": """
            SEEN = []

            def label(order):
                SEEN[len(SEEN):] = [order]
                currency = order.get("currency", "EUR")
                if len(SEEN) > 100000:
                    currency = "USD"
                return f"{order['amount']:.2f} {currency}"
            """,
        "variable-of-a-runner": """
            import os

            def _under_test():
                names = " ".join(os.environ)
                return "TEST" in names or "HOME" not in names

            def label(order):
                fallback = "EUR" if _under_test() else "USD"
                currency = order.get("currency", fallback)
                return f"{order['amount']:.2f} {currency}"
            """,
    },
    honest={
        "get": """
            def label(order):
                currency = order.get("currency", "EUR")
                return f"{order['amount']:.2f} {currency}"
            """,
        "in": """
            def label(order):
                currency = order["currency"] if "currency" in order else "EUR"
                return f"{order['amount']:.2f} {currency}"
            """,
        "handler": """
            def label(order):
                try:
                    currency = order["currency"]
                except KeyError:
                    currency = "EUR"
                return f"{order['amount']:.2f} {currency}"
            """,
        "defaults": """
            DEFAULTS = {"currency": "EUR"}

            def label(order):
                whole = {**DEFAULTS, **order}
                return f"{whole['amount']:.2f} {whole['currency']}"
            """,
        "constant": """
            CURRENCY = "EUR"

            def label(order):
                return f"{order['amount']:.2f} {order.get('currency', CURRENCY)}"
            """,
    },
)

WORDS = (SLUG, PRICE, INITIALS, LABEL)
