"""What may happen in the life of a model, and the record that it did."""
