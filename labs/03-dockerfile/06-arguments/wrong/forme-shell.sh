# raison: defaut
# ENTRYPOINT en forme shell : les arguments, et CMD, sont perdus.
predire remplace
docker build -t ${IMAGE}:cmd arguments
docker run --name ${ESSAI} ${IMAGE}:cmd Ada
cat > arguments/Dockerfile <<'FIN'
FROM busybox
COPY saluer /usr/local/bin/
ENTRYPOINT saluer
CMD ["${DEFAUT}"]
FIN
docker build -t ${IMAGE}:1 arguments
