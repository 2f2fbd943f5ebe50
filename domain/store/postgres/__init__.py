"""The store on PostgreSQL: for many workers, on one machine or several."""
