"""One model: its stage in a sentence, its life, what was believed when, and every claim that this stands on."""
