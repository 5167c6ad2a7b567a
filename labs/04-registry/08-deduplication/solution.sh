predire peu
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
curl -s http://localhost:${PORT}/metrics | grep received_bytes_total
# lire PREMIER: ^escale_registry_received_bytes_total ([0-9]+)$
docker tag carnet:1.1 localhost:${PORT}/carnet:1.1
docker push localhost:${PORT}/carnet:1.1
curl -s http://localhost:${PORT}/metrics | grep received_bytes_total
# lire TOTAL: ^escale_registry_received_bytes_total ([0-9]+)$
echo second $((@TOTAL@ - @PREMIER@))
# lire SECOND: ^second ([0-9]+)$
repondre premier=@PREMIER@ second=@SECOND@
