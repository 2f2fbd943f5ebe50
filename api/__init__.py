"""Every door in and out of the ledger: command line, importers of published pages, the packaged sample."""
