predire 401
echo ${MOT} | escale registry passwd acces.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd acces.txt
curl -i http://localhost:${PORT}/v2/
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
echo ${MOT} | docker login -u ${QUI} --password-stdin localhost:${PORT}
docker push localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0 | tee envoi.txt
docker logout localhost:${PORT}
