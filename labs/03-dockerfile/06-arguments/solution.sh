predire remplace
docker build -t ${IMAGE}:cmd arguments
docker run --rm ${IMAGE}:cmd
docker run --name ${ESSAI} ${IMAGE}:cmd Ada
cat > arguments/Dockerfile <<'FIN'
FROM busybox
COPY saluer /usr/local/bin/
ENTRYPOINT ["saluer"]
CMD ["${DEFAUT}"]
FIN
docker build -t ${IMAGE}:1 arguments
docker run --rm ${IMAGE}:1 Ada
