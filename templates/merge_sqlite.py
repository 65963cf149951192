# SPDX-License-Identifier: MIT
# Merges the database of a home with the store's, into WORK/united:
#   python3 -ISBc THIS HOME STORE WORK whole|unite
# `unite`: all rows of the store's, and those that only the home's has. `whole`: the home's as it is.
# Says `same` (nothing is new), `held` (the store's rows are all in the result) or `kept`.
# Status 3: refused; 4: the home's is locked. HOME and STORE stay as they are.
import filecmp
import os
import shutil
import sqlite3
import sys
from urllib.parse import quote

home, store, work, mode = sys.argv[1:5]
mine, other, united = (os.path.join(work, name) for name in ("mine", "other", "united"))

# The tables that we know, with columns that must be in them.
TABLES = {
    "ipython": {
        "sessions": {"session", "start", "end", "num_cmds", "remark"},
        "history": {"session", "line", "source", "source_raw"},
        "output_history": {"session", "line", "output"},
    },
    "signatures": {"nbsignatures": {"id", "algorithm", "signature", "path", "last_seen"}},
    "files": {"Files": {"id", "path"}},
}
# What tells a row from those of the other side.
SAME = {
    "ipython": "SELECT start, line, CASE WHEN start IS NULL THEN source_raw END "
    "FROM {0}.sessions JOIN {0}.history USING (session)",
    "signatures": "SELECT algorithm, signature FROM {0}.nbsignatures",
    "files": "SELECT id FROM {0}.Files",
}


def refuse(reason, status=3):
    print(reason)
    sys.exit(status)


def tables_of(base, name):
    rows = base.execute(
        f"SELECT type, name FROM {name}.sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    ).fetchall()
    if any(what in ("trigger", "view") for what, _ in rows):
        refuse("it has triggers or views, as no database of IPython or Jupyter has")
    return {
        table: {row[1] for row in base.execute(f'PRAGMA {name}.table_info("{table}")')}
        for what, table in rows
        if what == "table"
    }


def kind_of(tables):
    for kind, known in TABLES.items():
        if tables.keys() == known.keys() and all(tables[t] >= known[t] for t in known):
            return kind
    return None


def add_session(base, theirs):
    ours = base.execute(
        """INSERT INTO main.sessions (start, end, num_cmds, remark)
        SELECT start, end, num_cmds, remark FROM home.sessions WHERE session = ?""",
        (theirs,),
    ).lastrowid
    base.execute("INSERT INTO number VALUES (?, ?)", (theirs, ours))


def end_sessions(base, theirs):
    ended = base.execute(
        f"""SELECT h.end, h.num_cmds, h.remark, ours FROM home.sessions h
        JOIN number ON theirs = h.session JOIN main.sessions s ON s.session = ours
        WHERE h.end IS NOT NULL AND (h.end IS NOT s.end OR h.num_cmds IS NOT s.num_cmds
            OR h.remark IS NOT s.remark) AND {theirs}"""
    ).fetchall()
    base.executemany(
        "UPDATE main.sessions SET end = ?, num_cmds = ?, remark = ? WHERE session = ?", ended
    )
    return len(ended)


def add_lines(base, theirs):
    lines = 0
    for table, columns in ("history", "source, source_raw"), ("output_history", "output"):
        lines += base.execute(f"""
            INSERT INTO main.{table} (session, line, {columns})
            SELECT ours, h.line, {columns} FROM home.{table} h JOIN number ON theirs = h.session
            WHERE {theirs} AND NOT EXISTS (SELECT 1 FROM main.{table} m
                WHERE m.session = ours AND m.line = h.line)""").rowcount
    return lines


# A session that does not say when it began is the one that has most of its lines, and no other in
# the place of one.
def add_unstarted(base):
    new = 0
    for (theirs,) in base.execute(
        "SELECT session FROM home.sessions WHERE start IS NULL ORDER BY session"
    ).fetchall():
        found = base.execute(
            """
            SELECT b.session, (SELECT count(*) FROM home.history x JOIN main.history y
                ON x.line = y.line WHERE x.session = h.session AND y.session = b.session) AS common
            FROM home.sessions h JOIN main.sessions b ON b.start IS NULL
            WHERE h.session = ? AND (h.end IS NULL OR b.end IS NULL OR (h.end IS b.end
                AND h.num_cmds IS b.num_cmds AND h.remark IS b.remark))
            AND NOT EXISTS (SELECT 1 FROM home.history x JOIN main.history y ON x.line = y.line
                WHERE x.session = h.session AND y.session = b.session
                AND (x.source IS NOT y.source OR x.source_raw IS NOT y.source_raw))
            AND (common > 0
                OR NOT EXISTS (SELECT 1 FROM home.history WHERE session = h.session)
                OR NOT EXISTS (SELECT 1 FROM main.history WHERE session = b.session))
            ORDER BY common DESC, b.session LIMIT 1""",
            (theirs,),
        ).fetchone()
        if found:
            base.execute("INSERT INTO number VALUES (?, ?)", (theirs, found[0]))
        else:
            add_session(base, theirs)
            new += 1
        # Before the next one looks: what differs from it is another session.
        only = f"theirs = {theirs}"
        new += end_sessions(base, only) + add_lines(base, only)
    return new


def add_ipython(base):
    # A session of both began in the same microsecond; others get the next free number.
    base.execute("CREATE TEMP TABLE number (theirs INTEGER PRIMARY KEY, ours INTEGER)")
    base.execute("CREATE TEMP TABLE began AS SELECT start, session FROM main.sessions")
    base.execute("CREATE INDEX temp.by_start ON began (start)")
    base.execute("""
        INSERT OR IGNORE INTO number SELECT h.session, b.session
        FROM home.sessions h JOIN began b ON b.start = h.start""")
    new = add_unstarted(base)
    fresh = base.execute("""
        SELECT session FROM home.sessions
        WHERE session NOT IN (SELECT theirs FROM number) ORDER BY start, session""").fetchall()
    for (theirs,) in fresh:
        add_session(base, theirs)
    return new + len(fresh) + end_sessions(base, "1") + add_lines(base, "1")


def add_signatures(base):
    seen = base.execute("""
        SELECT h.last_seen, s.id FROM home.nbsignatures h JOIN main.nbsignatures s
        ON h.algorithm = s.algorithm AND h.signature = s.signature
        WHERE h.last_seen > s.last_seen""").fetchall()
    base.executemany("UPDATE main.nbsignatures SET last_seen = ? WHERE id = ?", seen)
    return len(seen) + base.execute("""
        INSERT INTO main.nbsignatures (algorithm, signature, path, last_seen)
        SELECT algorithm, signature, path, last_seen FROM home.nbsignatures h
        WHERE signature IS NOT NULL AND NOT EXISTS (SELECT 1 FROM main.nbsignatures s
            WHERE s.algorithm = h.algorithm AND s.signature = h.signature)""").rowcount


def add_files(base):
    # Where both sides gave an id to one path or file, the store's stands.
    names = ", ".join(f'"{row[1]}"' for row in base.execute("PRAGMA main.table_info(Files)"))
    return base.execute(
        f"INSERT OR IGNORE INTO main.Files ({names}) SELECT {names} FROM home.Files"
    ).rowcount


ADD = {"ipython": add_ipython, "signatures": add_signatures, "files": add_files}


# By itself it would try for ever.
def stop_if_locked(status, *_):
    if status in (5, 6):  # SQLITE_BUSY, SQLITE_LOCKED
        raise sqlite3.OperationalError("the database is locked")


def back_up():
    # As a reader; where a program was killed, as one that ends what it had begun.
    for how in "ro", "rw":
        try:
            uri = f"file:{quote(os.fsencode(home))}?mode={how}"
            source = sqlite3.connect(uri, uri=True, timeout=1)
            target = sqlite3.connect(mine)
            source.backup(target, progress=stop_if_locked)
            target.execute("PRAGMA journal_mode=DELETE")
            target.close()
            return
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or how == "rw":
                raise


def check(base, name):
    if base.execute(f"PRAGMA {name}.quick_check(1)").fetchone()[0] != "ok":
        refuse("the database is damaged")


def merge():
    back_up()
    for ending in ("", "-wal", "-journal") if store else ():
        if os.path.exists(store + ending):
            shutil.copyfile(store + ending, other + ending)
    base = sqlite3.connect(other, isolation_level=None)
    base.execute("PRAGMA trusted_schema=OFF")
    base.execute("PRAGMA synchronous=OFF")
    base.execute("PRAGMA journal_mode=DELETE")
    base.execute("ATTACH ? AS home", (mine,))
    check(base, "home")
    check(base, "main")
    ours, theirs = tables_of(base, "home"), tables_of(base, "main")
    whole, word = mode == "whole" or not theirs, "kept"
    if not theirs:
        word = "held"
    elif not ours:
        return "same"
    elif kind_of(ours) and ours == theirs:
        kind = kind_of(ours)
        rows = SAME[kind].format
        gone = base.execute(
            f"SELECT count(*) FROM ({rows('main')} EXCEPT {rows('home')})"
        ).fetchone()[0]
        base.execute("BEGIN")
        if ADD[kind](base) == 0 and not (whole and gone):
            return "same"
        base.execute("ROLLBACK" if whole else "COMMIT")
        word = "kept" if whole and gone else "held"
    elif not whole:
        refuse("it is no database of IPython or Jupyter that is known here")
    elif filecmp.cmp(mine, other, shallow=False):
        return "same"
    check(base, "main")
    base.close()
    os.rename(mine if whole else other, united)
    return word


try:
    print(merge())
except (sqlite3.DatabaseError, OSError) as error:
    refuse(str(error), 4 if "locked" in str(error) else 3)
