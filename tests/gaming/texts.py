"""Targets that read a text."""

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
