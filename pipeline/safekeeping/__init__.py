"""What keeps a practice safe: backups, restores, upgrades, and the keys without which nothing can be read."""
