# raison: legere rm-allege
# Supprime outils et sources à la fin, en une seule étape.
predire moins
docker build -t ${IMAGE}:1 etapes
sed -i '/assembler/a RUN rm /outils' etapes/Dockerfile
docker build -t ${IMAGE}:2 etapes
sed -i '/rm .outils/a RUN rm -r /sources' etapes/Dockerfile
docker build -t ${IMAGE}:3 etapes
