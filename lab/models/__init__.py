"""Networks of the lab, written for short steps on small devices."""
