"""The same rules in the forms in which they are exported: Azure's command line, templates, Terraform."""

import re

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def nested(rule):
    """The fields in `properties`, as REST and templates have them."""
    return {"name": rule["name"], "properties": {k: v for k, v in rule.items() if k != "name"}}


def snake(rule):
    """destinationAddressPrefix -> destination_address_prefix"""
    return {re.sub("[A-Z]", lambda m: "_" + m.group().lower(), k): v for k, v in rule.items()}


def template(*resources):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources)}


def terraform(*resources):
    return {"format_version": "1.0", "terraform_version": "1.9.5", "planned_values": {"root_module": {"resources": [
        {"address": "%s.%s" % (kind, name), "type": kind, "name": name, "values": values}
        for kind, name, values in resources]}}}


def nsg_forms(rules, name="edge"):
    azure = "Microsoft.Network/networkSecurityGroups"
    return {
        "az-nsg-rules": list(rules),
        "nsg": {"name": name, "securityRules": list(rules), "defaultSecurityRules": [
            {"name": "AllowInternetOutBound", "direction": "Outbound", "access": "Allow", "priority": 65001,
             "protocol": "*", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "*",
             "destinationAddressPrefix": "Internet"},
            {"name": "AllowAzureLoadBalancerInBound", "direction": "Inbound", "access": "Allow", "priority": 65001,
             "protocol": "*", "sourceAddressPrefix": "AzureLoadBalancer", "sourcePortRange": "*",
             "destinationPortRange": "*", "destinationAddressPrefix": "*"}]},
        "arm": template({"type": azure, "name": name, "properties": {"securityRules": [nested(r) for r in rules]}}),
        "arm-children": template(*({"type": azure + "/securityRules", **nested(r), "name": name + "/" + r["name"]}
                                   for r in rules)),
        "terraform": terraform(("azurerm_network_security_group", name,
                                {"name": name, "security_rule": [snake(r) for r in rules]})),
        "terraform-rules": terraform(*(("azurerm_network_security_rule", "r%d" % i,
                                        {"network_security_group_name": name, **snake(r)})
                                       for i, r in enumerate(rules))),
    }


def terraform_route(route):
    result = snake({k: v for k, v in route.items() if k != "nextHopIpAddress"})
    if "nextHopIpAddress" in route:
        result["next_hop_in_ip_address"] = route["nextHopIpAddress"]
    return result


def route_forms(routes, name="detour"):
    return {
        "az-routes": list(routes),
        "table": [{"name": name, "routes": list(routes), "type": "Microsoft.Network/routeTables"}],
        "arm": template({"type": "Microsoft.Network/routeTables", "name": name,
                         "properties": {"routes": [nested(r) for r in routes]}}),
        "terraform": terraform(("azurerm_route_table", name,
                                {"name": name, "route": [terraform_route(r) for r in routes]})),
    }


def firewall_forms(rules, name="services"):
    collection = {"name": name, "priority": 200, "action": {"type": "Allow"}, "rules": list(rules)}
    policy = [{"ruleType": "NetworkRule", "ipProtocols": r["protocols"],
               **{k: v for k, v in r.items() if k != "protocols"}} for r in rules]
    return {
        "collections": [collection],
        "firewall": {"name": "fw", "networkRuleCollections": [nested(collection)]},
        "policy": {"name": "group", "priority": 100, "ruleCollections": [{**collection, "rules": policy}]},
        "arm": template({"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "p/group",
                         "properties": {"ruleCollections": [{**collection, "rules": policy}]}}),
        "terraform": terraform(("azurerm_firewall_network_rule_collection", name,
                                {"name": name, "azure_firewall_name": "fw", "priority": 200, "action": "Allow",
                                 "rule": [snake(r) for r in rules]})),
    }


FORMS = {"nsg": nsg_forms, "route": route_forms, "firewall": firewall_forms}
