# raison: deuxieme
# Ne lance qu'un conteneur : rien à comparer.
predire 1
mkdir -p naissance
cat > naissance/Dockerfile <<'FIN'
FROM busybox
RUN cat /proc/sys/kernel/random/uuid > /naissance
CMD ["cat", "/naissance"]
FIN
docker build -t ${IMAGE} naissance
docker run --name ${A} ${IMAGE}
# lire NUMERO: ^([0-9a-f-]{36})$
repondre @NUMERO@
