"""Made-up but believable activity for the dashboard, without stores."""

from vespera_tui.demo.clock import FixedClock
from vespera_tui.demo.engine import DemoEngine, made_up

__all__ = ["DemoEngine", "FixedClock", "made_up"]
