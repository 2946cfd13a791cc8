"""The collector: receives beacons, enriches, filters and stores them, and shows them to their owner."""
