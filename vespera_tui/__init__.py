"""The program: command line, dashboard, and the feed between engine and screen."""
