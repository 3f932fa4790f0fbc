#!/bin/sh
# The aws command line through Sallyport. The environment says where it is and who you are; see README.md.
set -eu

aws s3 mb s3://reports
echo 'a,b' | aws s3 cp - s3://reports/2026/q3.csv
aws s3 ls --recursive s3://reports
aws s3 cp s3://reports/2026/q3.csv -

# Told why, and what is allowed instead.
aws iam create-role --role-name boss --assume-role-policy-document '{}' || echo 'refused, as it should be'
