"""Tests of what belongs to the dashboard and is not TypeScript."""
