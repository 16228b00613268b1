"""The stores: SQL is the system of record, objects are content-addressed, graphs are a projection of both."""
