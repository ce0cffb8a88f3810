metadata description = 'The virtual network that the app sends its traffic through, where data is not to cross the internet.'

@description('Name of the network.')
param name string

@description('Where the network is.')
param location string

@description('Tags of the network.')
param tags object

@description('Addresses of the network. Change all three where it is to be peered with another.')
param addressPrefix string = '10.60.0.0/22'

@description('Addresses of the subnet of the function app, at least a /27; an app takes up to 40 of them.')
param appSubnetPrefix string = '10.60.0.0/24'

@description('Addresses of the subnet of private endpoints; each takes one or more.')
param endpointSubnetPrefix string = '10.60.1.0/24'

var subnetNames = {
  app: 'app'
  endpoints: 'private-endpoints'
}

module virtualNetwork 'br/public:avm/res/network/virtual-network:0.7.1' = {
  name: 'virtual-network'
  params: {
    name: name
    location: location
    tags: tags
    addressPrefixes: [addressPrefix]
    subnets: [
      {
        // Flex Consumption runs in this kind of subnet, wants it for itself, and no underscore in its name. The
        // subscription needs the resource provider Microsoft.App.
        name: subnetNames.app
        addressPrefix: appSubnetPrefix
        delegation: 'Microsoft.App/environments'
      }
      {
        name: subnetNames.endpoints
        addressPrefix: endpointSubnetPrefix
      }
    ]
    enableTelemetry: false
  }
}

@description('Resource id of the network.')
output id string = virtualNetwork.outputs.resourceId

@description('Resource id of the subnet of the function app.')
output appSubnetId string = '${virtualNetwork.outputs.resourceId}/subnets/${subnetNames.app}'

@description('Resource id of the subnet of private endpoints.')
output endpointSubnetId string = '${virtualNetwork.outputs.resourceId}/subnets/${subnetNames.endpoints}'
