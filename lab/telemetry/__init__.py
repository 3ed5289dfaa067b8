"""What the hardware says while a run goes on: readings, their sources, sampling and energy."""
