"""Where the events are kept: append-only, in one order, with the command that caused each."""
