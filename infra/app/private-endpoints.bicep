metadata description = 'Private endpoints of everything that keeps data, and the names by which the network finds them.'

@description('The beginning of the names of the endpoints.')
param name string

@description('Where the endpoints are.')
param location string

@description('Tags of the endpoints and zones.')
param tags object

@description('Resource id of the virtual network.')
param networkId string

@description('Resource id of the subnet of private endpoints.')
param subnetId string

@description('Resource id of the storage account of photos.')
param photosId string

@description('Resource id of the storage account of the Functions host.')
param hostStorageId string

@description('Resource id of the Cosmos DB account.')
param cosmosId string

@description('Resource id of the Key Vault.')
param vaultId string

@description('Resource id of the Azure ML workspace, whose online endpoint the app calls; empty to reach it over the internet.')
param mlWorkspaceId string = ''

@description('Resource id of the Durable Task Scheduler; empty where there is none, or to reach it over the internet.')
param schedulerId string = ''

var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  cosmos: 'privatelink.documents.azure.com'
  vault: 'privatelink.vaultcore.azure.net'
  ml: 'privatelink.api.azureml.ms'
  notebooks: 'privatelink.notebooks.azure.net'
  scheduler: 'privatelink.durabletask.io'
}

var dataTargets = [
  { name: 'photos-blob', id: photosId, group: 'blob', zones: [zones.blob] }
  { name: 'photos-queue', id: photosId, group: 'queue', zones: [zones.queue] }
  { name: 'host-blob', id: hostStorageId, group: 'blob', zones: [zones.blob] }
  { name: 'host-queue', id: hostStorageId, group: 'queue', zones: [zones.queue] }
  { name: 'host-table', id: hostStorageId, group: 'table', zones: [zones.table] }
  { name: 'cosmos', id: cosmosId, group: 'Sql', zones: [zones.cosmos] }
  { name: 'vault', id: vaultId, group: 'vault', zones: [zones.vault] }
]

var mlTargets = empty(mlWorkspaceId) ? [] : [
  { name: 'ml', id: mlWorkspaceId, group: 'amlworkspace', zones: [zones.ml, zones.notebooks] }
]

var schedulerTargets = empty(schedulerId) ? [] : [
  { name: 'scheduler', id: schedulerId, group: 'scheduler', zones: [zones.scheduler] }
]

var targets = concat(dataTargets, mlTargets, schedulerTargets)

// Each zone once, though two accounts share those of storage.
var dataZones = [zones.blob, zones.queue, zones.table, zones.cosmos, zones.vault]
var mlZones = empty(mlWorkspaceId) ? [] : [zones.ml, zones.notebooks]
var schedulerZones = empty(schedulerId) ? [] : [zones.scheduler]
var zoneNames = concat(dataZones, mlZones, schedulerZones)

module dnsZones 'br/public:avm/res/network/private-dns-zone:0.8.0' = [
  for zoneName in zoneNames: {
    name: 'zone-${zoneName}'
    params: {
      name: zoneName
      tags: tags
      virtualNetworkLinks: [
        {
          virtualNetworkResourceId: networkId
        }
      ]
      enableTelemetry: false
    }
  }
]

// One after the other: a resource may refuse a second connection while it takes in the first.
@batchSize(1)
module endpoints 'br/public:avm/res/network/private-endpoint:0.11.1' = [
  for target in targets: {
    name: 'private-endpoint-${target.name}'
    dependsOn: [dnsZones]
    params: {
      name: '${name}-${target.name}'
      location: location
      tags: tags
      subnetResourceId: subnetId
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: target.id
            groupIds: [target.group]
          }
        }
      ]
      privateDnsZoneGroup: {
        privateDnsZoneGroupConfigs: [
          for zone in target.zones: {
            privateDnsZoneResourceId: resourceId('Microsoft.Network/privateDnsZones', zone)
          }
        ]
      }
      enableTelemetry: false
    }
  }
]
