"""Who had to be told, who was told, and when: for each run, person, subscription and role, now and as of any earlier position."""
