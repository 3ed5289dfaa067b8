"""The app, the command line and the deal file: what a person sees of Assay."""
