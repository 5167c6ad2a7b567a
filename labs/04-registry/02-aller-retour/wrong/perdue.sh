# raison: revenue registre-dossier
# Efface, et croit l'image perdue : la refait autrement.
predire 404
escale registry start ${DEPOT} --port ${PORT}
mkdir -p bouteille
printf 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /message\nCMD ["cat", "/message"]\n' > bouteille/Dockerfile
docker build -t ${NOM}:1 bouteille
docker tag ${NOM}:1 localhost:${PORT}/${NOM}:1
docker push localhost:${PORT}/${NOM}:1
docker rmi ${NOM}:1 localhost:${PORT}/${NOM}:1
repondre perdue
