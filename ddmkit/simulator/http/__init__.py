"""The simulator's HTTP side: routes, authentication, paging, faults."""
