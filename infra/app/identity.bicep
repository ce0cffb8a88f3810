metadata description = 'Whom the function app and the model endpoint sign in as: no key, no password.'

@description('The beginning of both names.')
param name string

@description('Where the identities are.')
param location string

@description('Tags of the identities.')
param tags object

// User-assigned, so that roles are there before the app and the endpoint start for the first time.
module app 'br/public:avm/res/managed-identity/user-assigned-identity:0.4.1' = {
  name: 'identity-app'
  params: {
    name: '${name}-app'
    location: location
    tags: tags
    enableTelemetry: false
  }
}

// An identity of its own: the endpoint reads its model and image, and reaches photos by signed URLs alone.
module endpoint 'br/public:avm/res/managed-identity/user-assigned-identity:0.4.1' = {
  name: 'identity-endpoint'
  params: {
    name: '${name}-endpoint'
    location: location
    tags: tags
    enableTelemetry: false
  }
}

@description('Resource id of the identity of the function app.')
output appIdentityId string = app.outputs.resourceId

@description('Object id of the identity of the function app, for its roles.')
output appPrincipalId string = app.outputs.principalId

@description('Client id of the identity of the function app, for its settings.')
output appClientId string = app.outputs.clientId

@description('Resource id of the identity of the model endpoint.')
output endpointIdentityId string = endpoint.outputs.resourceId

@description('Object id of the identity of the model endpoint, for its roles.')
output endpointPrincipalId string = endpoint.outputs.principalId
