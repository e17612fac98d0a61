"""The same night as nightly.sh, as a DAG of Airflow 3: each step is tried again by itself.

Put train.py into the folder that WORK names; the gate is where AMLSEC_GATE says. One file for each source lies in
WORK/incoming. AUDIT_BAR, such as high, fails the night where a finding is so severe. Submitting twice is submitting
once, so every step may be repeated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator

NIGHT = "nights/{{ ds }}"
STEPS = {
    "submit": """
        mkdir -p {night}
        for file in incoming/*.csv; do
            amlsec gate submit "$file" --source "$(basename "$file" .csv)" --key {{{{ ds }}}} || [ $? -eq 1 ]
        done""",
    "snapshot": "amlsec gate snapshot --out {night} --json > {night}/snapshot.json",
    "train": "python3 train.py {night}/data.parquet {night}/model.skops",
    "audit": """
        amlsec audit {night}/data.parquet --target label --text text --source source --model train:pipeline \\
            --out {night}/audit ${{AUDIT_BAR:+--fail-on $AUDIT_BAR}} ${{AUDIT:-}}""",
    "register": """
        snapshot=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])' < {night}/snapshot.json)
        amlsec gate model "$snapshot" filter-{{{{ ds }}}}""",
}

with DAG(
    "filter",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
) as dag:
    before = None
    for name, command in STEPS.items():
        step = BashOperator(
            task_id=name,
            bash_command=f'set -eu; cd "$WORK"; {command.format(night=NIGHT)}',
            append_env=True,
            retries=0 if name == "audit" else 2,
        )
        if before is not None:
            before >> step
        before = step
