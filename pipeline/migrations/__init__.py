"""One history for every table, of the work database and of the vault of keys."""
