#!/usr/bin/env bash
# Checks the backups and stores the reports in a new folder: daily-report.sh ARCHIVE POLICY [OPTION OF ansible-playbook]...
# The connection comes from the environment: ONAPP_URL, ONAPP_USERNAME, ONAPP_API_KEY.
set -euo pipefail
mkdir -p "$1"
archive=$(realpath "$1")
policy=$(realpath "$2")
reports=$archive/$(date -u +%Y-%m-%dT%H%M%SZ)
last=$archive/last.json # the last report with the expected number of virtual machines; remove it after deleting many

options=(-e "onapp_policy_file='$policy'" -e "onapp_report_dir='$reports'" -e "onapp_history='$archive'")
[ ! -f "$last" ] || options+=(-e "onapp_previous_report='$last'")
status=0
ansible-playbook community.onapp.backup_compliance "${options[@]}" "${@:3}" || status=$?

# A report with too few virtual machines must not become the previous report of the next run.
saw_enough='import json, sys; sys.exit(json.load(sys.stdin)["summary"]["by_check"]["population"]["unknown"])'
if [ -f "$reports/report.json" ] && python3 -c "$saw_enough" <"$reports/report.json"; then
  cp "$reports/report.json" "$last.new"
  mv "$last.new" "$last"
fi
exit "$status"
