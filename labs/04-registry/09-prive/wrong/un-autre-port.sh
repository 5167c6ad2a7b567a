# raison: ferme prive-port
# Croit qu'un port à soi suffit.
predire 200
echo ${MOT} | escale registry passwd acces.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0 | tee envoi.txt
