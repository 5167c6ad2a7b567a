escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' http://localhost:${PORT}/v2/carnet/manifests/1.0 > manifeste.json
tr -d ' \n' < manifeste.json | sed 's/.*"config":{\([^}]*\)}.*/\1/' | grep -o 'sha256:[0-9a-f]*'
# lire CONFIG: ^(sha256:[0-9a-f]{64})$
tr -d ' \n' < manifeste.json | sed 's/.*"layers":\[{\([^}]*\)}.*/\1/' | grep -o 'sha256:[0-9a-f]*'
# lire COUCHE: ^(sha256:[0-9a-f]{64})$
curl -s -o couche.tar.gz http://localhost:${PORT}/v2/carnet/blobs/@COUCHE@
wc -c < couche.tar.gz
# lire OCTETS: ^([0-9]+)$
sha256sum couche.tar.gz
# lire SOMME: ^([0-9a-f]{64}) 
repondre config=@CONFIG@ octets=@OCTETS@ empreinte=@SOMME@
