#!/bin/sh
# Every night: fetch, submit, snapshot, train, audit, register. In a crontab, with train.py beside it:
#   15 2 * * *  cd /srv/filter && AMLSEC_GATE=/srv/filter/gate ./nightly.sh
set -eu
: "${AMLSEC_GATE:?names the folder of the gate}"
day=${DAY:-$(date -u +%F)}
out=nights/$day
mkdir -p "$out"

# Fetch: bring a file for each source into incoming/, named like the source.
if [ -x ./fetch.sh ]; then ./fetch.sh incoming; fi

# Submit: exit code 1 says that rows wait for a person or were rejected, which does not stop the night.
for file in incoming/*.csv; do
    amlsec gate submit "$file" --source "$(basename "$file" .csv)" --key "$day" || [ $? -eq 1 ]
done

# Snapshot: only what was accepted.
amlsec gate snapshot --out "$out" --json > "$out/snapshot.json"
snapshot=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])' < "$out/snapshot.json")

# Train.
python3 train.py "$out/data.parquet" "$out/model.skops"

# Audit: stops here, with exit code 1, where the model got easier to attack than the one in use.
baseline=
if [ -e nights/current/audit/report.json ]; then baseline="--baseline nights/current/audit/report.json"; fi
# shellcheck disable=SC2086  # several words each
amlsec audit "$out/data.parquet" --target label --text text --source source --model train:pipeline \
    --out "$out/audit" $baseline ${AUDIT:-}

# Register: a rollback will name this model. Then it is the one in use.
amlsec gate model "$snapshot" "filter-$day"
ln -sfn "$day" nights/current
