#!/usr/bin/env python3
"""Makes flights.csv.gz from the tarball of the npm package vega-datasets 3.2.1.

    npm pack vega-datasets@3.2.1
    python3 pack-flights.py vega-datasets-3.2.1.tgz flights.csv.gz

No row is added, dropped, changed or moved. The compressed bytes depend on the zlib in use; the SHA-256 of
the CSV, which this prints and the module's tests pin, does not.
"""

import csv
import gzip
import hashlib
import io
import json
import sys
import tarfile

MEMBER = "package/data/flights-20k.json"
INPUT_SHA256 = "52f0ddd892d4569284b845e17323abc9afb7d303ec8f63251634a20327a610bb"
COLUMNS = ["date", "delay", "distance", "origin", "destination"]


def main(tarball, target):
    with tarfile.open(tarball) as tar:
        source = tar.extractfile(MEMBER).read()
    found = hashlib.sha256(source).hexdigest()
    if found != INPUT_SHA256:
        sys.exit(f"{MEMBER} has SHA-256 {found}, not {INPUT_SHA256}: another version of the package?")

    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(json.loads(source))  # refuses rows with other fields
    packed = text.getvalue().encode("ascii")

    with open(target, "wb") as file:
        file.write(gzip.compress(packed, 9, mtime=0))
    print(f"{len(packed)} bytes of CSV, SHA-256 {hashlib.sha256(packed).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
