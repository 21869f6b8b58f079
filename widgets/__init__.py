"""Reusable Textual widgets: functions of frozen snapshots."""
