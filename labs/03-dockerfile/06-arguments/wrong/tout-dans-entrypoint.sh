# raison: argument
# Met aussi le mot par défaut dans ENTRYPOINT : il ne se remplace plus.
predire remplace
docker build -t ${IMAGE}:cmd arguments
docker run --name ${ESSAI} ${IMAGE}:cmd Ada
cat > arguments/Dockerfile <<'FIN'
FROM busybox
COPY saluer /usr/local/bin/
ENTRYPOINT ["saluer", "${DEFAUT}"]
FIN
docker build -t ${IMAGE}:1 arguments
