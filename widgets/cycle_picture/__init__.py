"""The cycle picture: a component drawn as rings, racetracks or a matrix; see :mod:`layout`."""
