"""What the runners in Python share: the statements of the scenario, and a line of JSON for each of its parts."""

import inspect
import json
import os
import sys
import threading
import traceback

driver = os.environ["DRIVER"]

columns = "b i2 i4 i8 n f4 f8 t by d ts tz tm iv u j ints texts".split()
casts = (
    "bool smallint int bigint numeric real float8 text bytea date timestamp timestamptz time interval uuid jsonb"
    " int[] text[]"
).split()
read_samples = f"SELECT id, {', '.join(columns)} FROM samples ORDER BY id"
refused = "DROP TABLE customers"
masked = "SELECT email, card FROM customers ORDER BY id"
notes = [(driver, n, f"grüße\t{n}") for n in range(1, 1001)]

# Each fails in its own way: unique violation, division by zero, no such column, no SQL.
failing = (
    "INSERT INTO marks VALUES ('nobody', 1), ('nobody', 1)",
    "SELECT 1 / 0",
    "SELECT nothing FROM marks",
    "SELECT FROM WHERE",
)


def write_echo(placeholders):
    """`placeholders`: for driver, format, id and every column of a sample."""
    values = [f"CAST({p} AS {cast})" for p, cast in zip(placeholders, ["text", "text", "int", *casts])]
    return f"INSERT INTO echoes (driver, format, id, {', '.join(columns)}) VALUES ({', '.join(values)})"


def same(readings):
    """What all of them say."""
    first, *others = ([list(row) for row in rows] for rows in readings)
    for other in others:
        assert other == first, (other, first)
    return first


class Remarked:
    """What was seen, and what a user of the driver should know of it."""

    def __init__(self, saw, remark):
        self.saw = saw
        self.remark = remark


def run(version, parts):
    """Plays every part that `parts` has a method for, or, as a string, a reason to have none."""
    print(json.dumps({"version": version}), flush=True)
    for name, play in parts.items():
        report = {"part": name}
        try:
            report.update(outcome(play))
        except BaseException:
            report["failed"] = traceback.format_exc()
        print(json.dumps(report, default=str), flush=True)
    sys.exit(0)


def outcome(play):
    if isinstance(play, str):
        return {"cannot": play}
    saw = play()
    return {"saw": saw.saw, "remark": saw.remark} if isinstance(saw, Remarked) else {"saw": saw}


def parts_of(scenario):
    """The public methods of a class, in their order, as parts; its strings are reasons."""
    members = [(name, member) for name, member in vars(scenario).items() if not name.startswith("_")]
    it = scenario()
    return {name: getattr(it, name) if inspect.isroutine(member) else member for name, member in members}


class again:
    """Does something again and again until its block is left: a cancel that comes too early hits nothing."""

    def __init__(self, act):
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[act])

    def _run(self, act):
        while not self._done.wait(0.1):
            act()

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
