"""The sections of the committee memo: a case in, a section out, each written once."""
