"""What the static conformance suite is made of: the rows with their checks, the site they ask for, the servers, the wire."""
