#!/usr/bin/env bash
# Checks the backups, and files the reports in a folder of their own, for cron or a timer: daily-report.sh ARCHIVE POLICY
# The connection comes from the environment: ONAPP_URL, ONAPP_USERNAME, ONAPP_API_KEY.
set -euo pipefail
archive=$(realpath "$1")
policy=$(realpath "$2")
reports=$archive/$(date -u +%Y-%m-%dT%H%M%SZ)
last=$archive/last.json # the last report that saw all virtual machines that it should; remove it after a great clean-up

options=(-e "onapp_policy_file='$policy'" -e "onapp_report_dir='$reports'")
[ ! -f "$last" ] || options+=(-e "onapp_previous_report='$last'")
status=0
ansible-playbook community.onapp.backup_compliance "${options[@]}" || status=$?

# A report that saw too few must not become the measure of the next one.
saw_enough='import json, sys; sys.exit(json.load(sys.stdin)["summary"]["by_check"]["population"]["unknown"])'
if [ -f "$reports/report.json" ] && python3 -c "$saw_enough" <"$reports/report.json"; then
  cp "$reports/report.json" "$last.new"
  mv "$last.new" "$last"
fi
exit "$status"
