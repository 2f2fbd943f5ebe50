"""How rows that stand as they are to be go into the tables of a SQLite ledger: what was restored, or copied."""

EVENT = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)"
ENTRY = "INSERT INTO ledger_entries VALUES (?, ?, ?, ?, ?)"
NODES = "INSERT INTO ledger_nodes VALUES (?, ?)"
COMMAND = "INSERT INTO command_keys VALUES (?, ?, ?, ?)"
COMMAND_NODES = "INSERT INTO command_nodes VALUES (?, ?, ?)"
CHECKPOINT = "INSERT INTO checkpoints VALUES (?, ?, ?)"
TIMESTAMP = "INSERT INTO checkpoint_timestamps VALUES (?, ?, ?)"
