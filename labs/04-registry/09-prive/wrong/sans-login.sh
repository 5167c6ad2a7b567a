# raison: poussee
# Ne se présente jamais : le push est refusé.
predire 404
echo ${MOT} | escale registry passwd acces.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd acces.txt
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0 | tee envoi.txt
