"""The clinic's rules. No clock, socket, file or screen: times and facts come in as arguments, events come out."""
