"""Readers of published tables. They turn a document into rows as published; what becomes of the rows is decided elsewhere."""
