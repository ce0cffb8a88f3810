"""Each check sees what it is for: the infrastructure, broken on purpose in one place."""

import pytest

from tests.infra.checks import (
    app_settings,
    bodies,
    environment,
    evaluated,
    events,
    hooks,
    loaded_files,
    manual,
    modules,
    parameter_files,
    registry,
    resource_properties,
    resource_types,
    roles,
    secrets,
    storage,
    symbols,
    syntax,
)
from tests.infra.report import CHECKS, name_of

MAIN, PARAMETERS = "infra/main.bicep", "infra/main.bicepparam"
PHOTOS, SETTINGS = "infra/app/photos.bicep", "infra/app/settings.bicep"
MONITOR, TOPIC = "infra/app/monitor.bicep", "infra/app/topic.bicep"
WORKBOOK = "infra/app/workbook.bicep"
COSMOS, EVENTS = "infra/app/cosmos.bicep", "infra/events.bicep"
ROLE = "resource appQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = "

BROKEN = [
    (syntax.not_bicep, MAIN, "module photos 'app/photos.bicep' = {", "module photos = {", "not"),
    (syntax.not_bicep, PARAMETERS, "using 'main.bicep'", "using", "main.bicepparam"),
    (syntax.undescribed, PHOTOS, "@description('Tags of the account.')\n", "", "tags"),
    (bodies.wrong, PHOTOS, "  properties: {", "  property: {", "account can't have property"),
    (bodies.wrong, MAIN, "  name: 'cosmos'\n", "", "cosmos has no name"),
    (bodies.wrong, MAIN, "  scope: group\n", "", "identity is of a resourceGroup and needs"),
    (bodies.wrong, PHOTOS, "  parent: account\n", "", "blobService is below another"),
    (bodies.wrong, PHOTOS, "  scope: account\n", "", "appBlobs is about another"),
    (symbols.undeclared, PHOTOS, "tags: tags", "tags: tagz", "tagz is not declared"),
    (symbols.undeclared, MAIN, "uniqueString(", "uniqeString(", "uniqeString is not declared"),
    (symbols.undeclared, MAIN, "param location string", "param location strin", "the type strin"),
    (symbols.unused, MAIN, "var token =", "var tokens = 1\nvar token =", "tokens is not used"),
    (
        symbols.unused,
        PHOTOS,
        "var containerNames",
        "param a string\nvar containerNames",
        "a is not",
    ),
    (symbols.duplicated, MAIN, "var token =", "var token = 1\nvar token =", "declared twice"),
    (symbols.duplicated, SETTINGS, "  OPAL_LEASE:", "  OPAL_LEASE: '1'\n  OPAL_LEASE:", "twice"),
    (modules.missing, MAIN, "'app/photos.bicep'", "'app/photo.bicep'", "no app/photo.bicep"),
    (modules.parameters, MAIN, "    photosBlobUri:", "    photoBlobUri:", "parameter photoBlobUri"),
    (modules.parameters, MAIN, "    cosmosDatabase: ", "    //", "cosmosDatabase is not passed"),
    (modules.parameters, MAIN, "    name: 'stphotos${token}'", "    name: 1", "wants string"),
    (modules.outputs, MAIN, "photos.outputs.blobUri", "photos.outputs.blobUrl", "output blobUrl"),
    (evaluated.not_worked_out, PARAMETERS, "  prod: {", "  production: {", "OPAL_TIER=prod"),
    (
        evaluated.not_worked_out,
        WORKBOOK,
        "'endpoint_instances = 1",
        "'no_instances = 1",
        "to replace",
    ),
    (evaluated.deployment_names, MAIN, "  name: 'cosmos'\n", "  name: 'photos'\n", "named photos"),
    (
        evaluated.constraints,
        MAIN,
        "'kv-opal-${token}'",
        "'key-vault-opal-${token}'",
        "maxLength of 24",
    ),
    (evaluated.constraints, PARAMETERS, "mlTier: 'gpu'", "mlTier: 'tpu'", "may not be tpu"),
    (evaluated.constraints, PARAMETERS, "workRetentionDays: 30", "workRetentionDays: 5", "of 8"),
    (
        hooks.templates,
        "infra/hooks/postdeploy.sh",
        "topicName=",
        "topic=",
        "is not given topicName",
    ),
    (loaded_files.missing, COSMOS, "containers.json", "container.json", "container.json"),
    (parameter_files.wrong, PARAMETERS, "param mollie =", "param molly =", "molly is no parameter"),
    (parameter_files.wrong, PARAMETERS, "param mollie =", "var mollie =", "mollie is not set"),
    (registry.wrong, MONITOR, "    dataRetention:", "    retention:", "no parameter retention"),
    (registry.wrong, MONITOR, "outputs.connectionString", "outputs.connection", "no output"),
    (registry.wrong, TOPIC, "    source: photosId\n", "", "not given source"),
    (registry.wrong, TOPIC, "system-topic:0.6.5", "system-topic:0.6", "not pinned"),
    (resource_types.wrong, PHOTOS, "storageAccounts@2025", "storageAccounts@2035", "no source"),
    (
        resource_properties.wrong,
        PHOTOS,
        "isVersioningEnabled",
        "versioning",
        "has no properties/ver",
    ),
    (resource_properties.wrong, COSMOS, "    disableLocalAuth", "    disableLocalAuths", "Auths"),
    (resource_properties.wrong, EVENTS, "maxDeliveryAttempts", "maxAttempts", "retryPolicy/maxA"),
    (resource_properties.wrong, "infra/scaling.bicep", "cooldown:", "coolDown:", "coolDown"),
    (app_settings.names, SETTINGS, "OPAL_LEASE:", "OPAL_LEESE:", "OPAL_LEESE is set and nothing"),
    (app_settings.names, SETTINGS, "OPAL_LEASE:", "OPAL_LEESE:", "OPAL_LEASE is read by the code"),
    (app_settings.names, SETTINGS, "  OPAL_STORAGE__queueServiceUri:", "  //", "connection"),
    (app_settings.names, SETTINGS, "  OPAL_SWEEP_SCHEDULE:", "  //", "OPAL_SWEEP_SCHEDULE"),
    (app_settings.values, SETTINGS, "OPAL_STATE: 'cosmos'", "OPAL_STATE: 'cosmoz'", "OPAL_STATE"),
    (app_settings.values, SETTINGS, "OPAL_LEASE: '300'", "OPAL_LEASE: '5 min'", "OPAL_LEASE"),
    (app_settings.secrets, SETTINGS, "secrets/secret-keys)", "secrets/keys)", "OPAL_SECRET_KEYS"),
    (app_settings.secrets, SETTINGS, "mollie ? payments : {}", "payments", "OPAL_MOLLIE_API_KEY"),
    (storage.cosmos, COSMOS, "definition.partitionKey", "{ paths: ['/id'] }", "partition key"),
    (storage.cosmos, "opal/state/containers.json", "/job_id", "/item_id", "jobs: the partition"),
    (storage.cosmos, COSMOS, "definition.indexingPolicy", "{}", "indexing policy"),
    (storage.database, MAIN, "cosmos.outputs.databaseName\n", "'other'\n", "another database"),
    (storage.blobs, PHOTOS, "'outputs', ", "'output', ", "no container outputs"),
    (storage.lifecycle, PHOTOS, "['work/']", "['']", "deletes in ''"),
    (storage.lifecycle, PARAMETERS, "workRetentionDays: 30", "workRetentionDays: 5", "waits"),
    (storage.local_auth, PHOTOS, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "s"),
    (storage.local_auth, MONITOR, "    disableLocalAuth: true\n", "", "Application Insights"),
    (events.subscription, EVENTS, "containers/raw/blobs/'", "containers/raw/blobs'", "begin with"),
    (events.subscription, EVENTS, "Functions.blob_created", "Functions.blob_made", "webhook"),
    (events.subscription, EVENTS, "'dead-letters'", "'dead'", "dead letters"),
    (events.subscription, EVENTS, ", 'CopyBlob'", "", "calls that end a blob"),
    (events.task_hub, "infra/app/scheduler.bicep", "name: hubName", "name: 'hub'", "hub"),
    (roles.differences, PHOTOS, ROLE + "{", ROLE + "if (false) {", "only needed: app as Storage Q"),
    (roles.differences, PHOTOS, "scope: deadLetters", "scope: account", "only granted: deployer"),
    (roles.differences, PHOTOS, "blobOwner: 'b7e6dc6d", "blobOwner: '00000000", "unknown role"),
    (evaluated.resource_names, PHOTOS, "'outputs', ", "'raw', ", "containers has the name"),
    (evaluated.resource_names, PHOTOS, "Id, roles.queue", "Id, roles.blobOwner) //", "appQueues"),
    (evaluated.locations, PHOTOS, "location: location", "location: 'westus'", "is in westus"),
    (roles.untyped, PHOTOS, "    principalType: 'ServicePrincipal'\n", "", "appBlobs has no"),
    (roles.unexplained, PHOTOS, "    description: 'The blob trigger", "    //", "appQueues"),
    (
        secrets.listed,
        PHOTOS,
        "var containerNames",
        "var k = account.listKeys()\nvar c",
        "reads a key",
    ),
    (secrets.listed, EVENTS, "var blobsKey = ", "var a = listKeys(app.id, 'x')\nvar b = ", "reads"),
    (secrets.written, SETTINGS, "vaultUri}secrets/secret-keys", "x};AccountKey=a", "credential"),
    (secrets.handed_out, MAIN, "output OPAL_URL", "output OPAL_KEY", "OPAL_KEY must not be"),
    (manual.choices, "docs/deploy.md", "| `dev`, `prod` |", "| `dev`, `production` |", "refused"),
    (manual.choices, "docs/deploy.md", "hours | `24`", "hours | `12`", "the default of OPAL_QUIET"),
    (manual.choices, PARAMETERS, "'OPAL_VNET', 'false'", "'OPAL_VNET', 'true'", "of OPAL_VNET"),
    (environment.outputs, MAIN, "output OPAL_URL", "output OPAL_URI", "the output OPAL_URI"),
    (environment.inputs, PARAMETERS, "'OPAL_VNET'", "'OPAL_VENT'", "OPAL_VENT"),
    (environment.hooks, "infra/hooks/smoke.sh", "OPAL_URL", "OPAL_URI", "OPAL_URI"),
    (environment.hooks, MAIN, "output OPAL_KEY_VAULT", "output VAULT", "smoke.sh: OPAL_KEY_VAULT"),
]


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "told"),
    BROKEN,
    ids=[f"{name_of(check)}-{number}" for number, (check, *_) in enumerate(BROKEN)],
)
def test_what_is_broken_is_told(broken, check, file, old, new, told):
    problems = check(broken(file, old, new))
    assert any(told in problem for problem in problems), problems


def test_every_check_is_broken_once():
    left_out = set(CHECKS) - {check for check, *_ in BROKEN}
    assert left_out == {
        *(registry.idle, resource_types.idle, resource_properties.idle, roles.reasons)
    }
