"""Durable transactions of one row in SQLite, by who waits for each.

one_by_one.py DATABASE SECONDS     prints how many
"""

import sqlite3
import sys
import time

db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT)")
count, until = 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    db.execute("INSERT INTO rows (text) VALUES (?)", ("x" * 200,))
    count += 1
print(count)
