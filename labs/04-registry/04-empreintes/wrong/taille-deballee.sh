# raison: octets
# Compte les octets une fois décompressés.
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' http://localhost:${PORT}/v2/carnet/manifests/1.0 > manifeste.json
tr -d ' \n' < manifeste.json | sed 's/.*"config":{\([^}]*\)}.*/\1/' | grep -o 'sha256:[0-9a-f]*'
# lire CONFIG: ^(sha256:[0-9a-f]{64})$
docker image inspect -f '{{.Size}}' carnet:1.0
# lire OCTETS: ^([0-9]+)$
touch couche.tar.gz
repondre config=@CONFIG@ octets=@OCTETS@ empreinte=0
