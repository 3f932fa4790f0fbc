#!/bin/sh
# psql through Sallyport. The environment says where it is and who you are; see README.md.
set -eu

psql --no-psqlrc -c 'SELECT id, name, email FROM customers ORDER BY id'

# Told why, and what is allowed instead.
psql --no-psqlrc -c 'DROP TABLE customers' || echo 'refused, as it should be'
