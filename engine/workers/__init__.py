"""Child processes: how they are started, spoken to, killed and restarted."""
