"""Tests of dashboard/cases/."""
