# No right on everything: Guard cannot compare a name with a resource that is only known after deployment.
package sojourn.rights

import rego.v1

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)

violation contains v if {
	some name in resources_of_type("AWS::IAM::Policy")
	some i, statement in input.resources[name].properties.PolicyDocument.Statement
	statement.Effect == "Allow"
	some resource in as_list(statement.Resource)
	resource == "*"
	v := make_diag_at(
		"no_right_on_everything", "ERROR", name,
		sprintf("Properties.PolicyDocument.Statement.%d.Resource", [i]),
		"A right on every resource of the account. Fix: name the resource",
	)
}

violation contains v if {
	some name in resources_of_type("AWS::IAM::Policy")
	some i, statement in input.resources[name].properties.PolicyDocument.Statement
	statement.Effect == "Allow"
	some action in as_list(statement.Action)
	contains(action, "*")
	v := make_diag_at(
		"no_right_to_do_everything", "ERROR", name,
		sprintf("Properties.PolicyDocument.Statement.%d.Action", [i]),
		sprintf("%v: whatever AWS adds to that is granted too. Fix: name the actions", [action]),
	)
}
