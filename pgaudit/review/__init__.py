"""Reviews of a database in the formats that architects are asked for, every statement grounded in evidence."""
