"""The directory: who is to be told, as other systems know it."""
