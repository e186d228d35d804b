# Passes only for a compliant report: conftest test --policy compliance.rego backup-reports/report.json
package main

import rego.v1

deny contains "not a report.json of schema_version 1" if not input.schema_version == 1

deny contains message if {
	not input.status == "compliant"
	message := sprintf("%s: %s", [object.get(input, "status", "unknown"), object.get(input, "headline", "no headline")])
}

deny contains message if {
	some finding in input.findings
	finding.status in {"fail", "unknown"}
	message := sprintf("%v: %s: %s", [finding.virtual_machine_id, finding.check, finding.message])
}
