# What joins two resources: Guard compares a resource with all others at once, never with its own counterpart.
package sojourn.wiring

import rego.v1

# The logical id that a property refers to.
refers(from, path) := to if {
	some edge in input.edges
	edge.source == from
	edge.sourcePath == path
	to := edge.target
}

is_permitted(rule_name, function_name) if {
	some permission, resource in input.resources
	resource.resourceType == "AWS::Lambda::Permission"
	resource.properties.Principal == "events.amazonaws.com"
	resource.properties.Action == "lambda:InvokeFunction"
	refers(permission, "Properties.SourceArn") == rule_name
	refers(permission, "Properties.FunctionName") == function_name
}

# EventBridge may invoke the function of each target on behalf of this very rule.
violation contains v if {
	some name in resources_of_type("AWS::Events::Rule")
	targets := input.resources[name].properties.Targets
	some i, _ in targets
	not target_is_permitted(name, i)
	v := make_diag_at(
		"target_is_permitted", "ERROR", name,
		sprintf("Properties.Targets.%d.Arn", [i]),
		"EventBridge may not invoke this target for this rule, and would not retry. Fix: fn.addPermission with the rule's ARN",
	)
}

target_is_permitted(rule_name, i) if {
	function_name := refers(rule_name, sprintf("Properties.Targets.%d.Arn", [i]))
	is_permitted(rule_name, function_name)
}

# The dead-letter queue of each target takes messages from EventBridge, on behalf of rules only.
violation contains v if {
	some name in resources_of_type("AWS::Events::Rule")
	targets := input.resources[name].properties.Targets
	some i, target in targets
	target.DeadLetterConfig
	not dead_letters_are_admitted(name, i)
	v := make_diag_at(
		"dead_letter_queue_admits_the_rule", "ERROR", name,
		sprintf("Properties.Targets.%d.DeadLetterConfig.Arn", [i]),
		"The queue's policy does not let EventBridge send to it for a rule. Fix: sqs:SendMessage for events.amazonaws.com with aws:SourceArn",
	)
}

dead_letters_are_admitted(rule_name, i) if {
	queue := refers(rule_name, sprintf("Properties.Targets.%d.DeadLetterConfig.Arn", [i]))
	some policy, resource in input.resources
	resource.resourceType == "AWS::SQS::QueuePolicy"
	some j, _ in resource.properties.Queues
	refers(policy, sprintf("Properties.Queues.%d", [j])) == queue
	some statement in resource.properties.PolicyDocument.Statement
	statement.Effect == "Allow"
	statement.Action == "sqs:SendMessage"
	statement.Principal.Service == "events.amazonaws.com"
	some operator in ["ArnLike", "ArnEquals"]
	statement.Condition[operator]["aws:SourceArn"]
}

# Events go to the alias, timers to the version that a run began with: each keeps what it fails at. (The redriver is invoked
# by queues, which keep what it fails at; it is not published.)
violation contains v if {
	some type in ["AWS::Lambda::Version", "AWS::Lambda::Alias"]
	some name in resources_of_type(type)
	not failures_are_kept(name)
	v := make_diag_at(
		"function_failures_are_kept", "ERROR", name,
		"Properties",
		"Lambda drops what is invoked under this name and fails. Fix: configureAsyncInvoke with onFailure",
	)
}

failures_are_kept(name) if {
	some edge in input.edges
	edge.target == name
	startswith(edge.sourcePath, "Properties.Qualifier")
	input.resources[edge.source].resourceType == "AWS::Lambda::EventInvokeConfig"
}

# A queue that a function reads gives up some day: a message that the function cannot take would come back for ever.
violation contains v if {
	some name in resources_of_type("AWS::Lambda::EventSourceMapping")
	queue := refers(name, "Properties.EventSourceArn")
	input.resources[queue].resourceType == "AWS::SQS::Queue"
	not input.resources[queue].properties.RedrivePolicy
	v := make_diag_at(
		"source_queue_gives_up", "ERROR", queue,
		"Properties.RedrivePolicy",
		"A function reads this queue, and nothing takes what it fails at. Fix: a deadLetterQueue",
	)
}
