# raison: connu
# Se trompe de mot de passe en l'enregistrant.
predire 401
echo secret | escale registry passwd acces.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd acces.txt
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
echo secret | docker login -u ${QUI} --password-stdin localhost:${PORT}
docker push localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0 | tee envoi.txt
docker logout localhost:${PORT}
