"""What a call saw of the world, as the recorder keeps it beside the call."""

import json
import sys
from typing import Any

import pytest

import mendloop
from mendloop.recorder import exchanges, looking, view
from mendloop.recorder.view import ACTIVE, View
from mendloop.recorder.writer import WRITER
from tests.recorder.processes import Place
from tests.worker.interpreters import interpreters

HTTP = """
import http.server, json, threading, urllib.request, mendloop
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"path": self.path}).encode() * SIZE
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
"""


def worlds(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["world"] for one in records]


def test_nothing_of_the_world_is_kept_unless_it_is_asked_for(place: Place) -> None:
    (record,) = place.good("import mendloop\nmendloop.record(lambda n: n)(1)")
    assert "world" not in record


def test_an_unknown_kind_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValueError, match="world takes clock"):
        mendloop.record(world=("subprocess",))


@pytest.mark.parametrize("python", interpreters())
def test_every_python_keeps_time_chance_and_files(place: Place, python: str) -> None:
    outside = place.data.parent / "outside.txt"
    outside.write_text("of elsewhere", encoding="utf-8")
    code = (
        "import mendloop, os, pathlib, random\n"
        "@mendloop.record(world=('clock', 'random', 'reads_files'))\n"
        "def look():\n"
        f"    pathlib.Path({str(outside)!r}).read_text()\n"
        "    open('mendloop.toml').close()\n"
        "    try: open('/none/such')\n"
        "    except OSError: pass\n"
        "    open('written.txt', 'w').close()\n"
        "look()\n"
        "open('mendloop.toml').close()\n"
    )
    ((world),) = worlds(place.good(code, python=python))
    assert world["kept"] == ["clock", "random", "reads_files"]
    assert abs(world["clock"]["offset"]) < 86_400
    assert len(world["random"]) == 3_348
    files = {one["path"]: one for one in world["files"]}
    assert files[str(outside)]["content"] == "of elsewhere"
    assert set(files["mendloop.toml"]) == {"path", "digest"}
    assert files["/none/such"]["there"] is False
    assert not any("written" in path for path in files)


def test_what_is_too_much_is_not_kept_and_says_so(place: Place) -> None:
    code = (
        "import mendloop\n"
        "@mendloop.record(world=('reads_files',))\n"
        "def look(count, size):\n"
        "    for n in range(count):\n"
        "        open(f'/tmp/../{base}/{size}-{n}').close()\n"
        f"base = {str(place.data.parent)!r}\n"
        "for count, size in ((65, 1), (1, 70_000), (5, 60_000)):\n"
        "    for n in range(count):\n"
        "        with open(f'{base}/{size}-{n}', 'w') as file: file.write('x' * size)\n"
        "    look(count, size)\n"
    )
    for world in worlds(place.good(code)):
        assert world["kept"] == []
        assert "more than" in world["lost"]["reads_files"]
        assert "files" not in world


@pytest.mark.promise("record/a-kill-loses-no-failure")
def test_a_file_that_may_not_be_read_is_not_kept_as_missing(place: Place) -> None:
    (place.data.parent / "loop").symlink_to("loop")
    code = (
        "import mendloop\n"
        "@mendloop.record(world=('reads_files',))\n"
        "def look():\n"
        f"    try: open({str(place.data.parent / 'loop')!r})\n"
        "    except OSError: pass\n"
        "look()\n"
    )
    ((world),) = worlds(place.good(code))
    assert "it asked for what may not be read" in world["lost"]["reads_files"]


def test_a_world_that_is_long_when_written_costs_no_call(place: Place) -> None:
    code = (
        "import mendloop\n"
        "for n in range(4):\n"
        f"    with open(f'{place.data.parent}/{{n}}', 'w') as file: file.write('\\x01' * 60_000)\n"
        "@mendloop.record(world=True)\n"
        "def look():\n"
        f"    for n in range(4): open(f'{place.data.parent}/{{n}}').close()\n"
        "    raise ValueError\n"
        "try: look()\n"
        "except ValueError: pass\n"
    )
    ((world),) = worlds(place.good(code))
    assert world["lost"] == {"reads_files": "it saw more than is kept"}
    assert world["kept"] == ["clock", "network", "random"]


def test_exchanges_go_to_the_call_that_made_them(place: Place) -> None:
    code = HTTP.replace("SIZE", "1") + (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "import http.client\n"
        "real = http.client.HTTPConnection\n"
        "@mendloop.record(world=('network',))\n"
        "def ask(n):\n"
        "    with urllib.request.urlopen(f'{base}/{n}?token=abcdefgh&page=2') as answer:\n"
        "        return json.load(answer)['path']\n"
        "with ThreadPoolExecutor(8) as pool: list(pool.map(ask, range(40)))\n"
        "urllib.request.urlopen(f'{base}/nobody').close()\n"
        "assert http.client.HTTPConnection is real\n"
    )
    records = place.good(code)
    assert len(records) == 40
    for record in records:
        world = record["world"]
        lost = world.get("lost", {}).get("network")
        assert lost in {None, "another call asked at the same time"}
        assert lost or len(world["exchanges"]) == 1
        for exchange in world.get("exchanges", ()):
            assert exchange["uri"].endswith(f"/{record['args'][0]}?page=2")
            assert (exchange["status"], exchange["hidden"]) == (200, ["token"])


@pytest.mark.parametrize(("count", "size"), [(51, 1), (2, 14_000)])
def test_too_many_exchanges_are_not_kept(place: Place, count: int, size: int) -> None:
    code = HTTP.replace("SIZE", str(size)) + (
        "@mendloop.record(world=True)\n"
        "def ask():\n"
        f"    for n in range({count}): urllib.request.urlopen(f'{{base}}/{{n}}').read()\n"
        "ask()\n"
    )
    ((world),) = worlds(place.good(code))
    assert "more than" in world["lost"]["network"]
    assert "exchanges" not in world


@pytest.mark.promise("record/worlds-hold-no-credentials")
def test_what_a_file_or_an_answer_holds_is_redacted(place: Place) -> None:
    token = "ghp_" + "a1B2" * 9
    (place.data.parent / "keys.json").write_text(
        json.dumps({"password": "hunter2hunter2"}), encoding="utf-8"
    )
    code = HTTP.replace("SIZE", "1") + (
        "@mendloop.record(world=True)\n"
        "def ask():\n"
        f"    open({str(place.data.parent / 'keys.json')!r}).close()\n"
        f"    urllib.request.urlopen(f'{{base}}/{token}').close()\n"
        "ask()\n"
    )
    ((world),) = worlds(place.good(code))
    assert token not in json.dumps(world)
    assert "hunter2hunter2" not in json.dumps(world)


def test_a_fault_of_ours_costs_the_call_nothing(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_view: View, _at: int) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(looking, "_BEGIN", dict.fromkeys(view.KINDS, broken))

    @mendloop.record(world=True)
    def double(number: int) -> int:
        return number * 2

    assert double(4) == 8
    WRITER.drain()
    ((world),) = worlds(here.records())
    assert world == {"kept": [], "lost": dict.fromkeys(view.KINDS, "RuntimeError")}


def test_without_vcrpy_the_record_says_so(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vcr.cassette", None)

    @mendloop.record(world=("network",))
    def nothing() -> None:
        raise ValueError("as ever")

    with pytest.raises(ValueError, match="as ever"):
        nothing()
    ((world),) = worlds(here.records())
    assert world == {"kept": [], "lost": {"network": "vcrpy is not installed"}}
    assert ACTIVE.get() is None
    assert exchanges.begin() is False


@pytest.mark.anyio
async def test_a_coroutine_has_a_world_of_its_own(here: Place) -> None:
    @mendloop.record(world=("clock",))
    async def double(number: int) -> int:
        seen = ACTIVE.get()
        assert seen is not None
        return number * 2

    assert await double(4) == 8
    assert ACTIVE.get() is None
    WRITER.drain()
    assert worlds(here.records())[0]["kept"] == ["clock"]
