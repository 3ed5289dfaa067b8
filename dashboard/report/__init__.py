"""Reports: a version of a deal as a memo, in the formats that people take along."""
