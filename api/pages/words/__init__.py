"""Words: what an answer and its findings say to a person, in sentences."""
